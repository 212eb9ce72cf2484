/**
 * SHA-256 (hexadecimal) of the sources in kernel/ that the calls in kernel-*.ts are written for, by name
 * and text. A module that was built from others is not used: `npm run build` says what stands here.
 */
export const KERNEL_SOURCES = 'e8e9fa234f7c98eb726d0bfc405b6dbea18796159e6689bdf59442221321e016'
