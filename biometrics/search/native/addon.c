/*
 * The native back-end as Node sees it: functions of the names of ../kernel.ts, whose first argument
 * is the memory (a Uint8Array) and whose others are addresses in it and numbers. Addresses that
 * reach out of the memory throw, and tables that reach out of a group of columns.
 */
#include "kernel.h"
#include "node-api.h"
#include "stale.h"

enum { MOST_ARGUMENTS = 9 };

struct call {
  const struct search_kernel *kernel;
  uint8_t *memory;
  uint64_t size;
  int64_t numbers[MOST_ARGUMENTS];
  int is_outside;
};

/* `count` times `bytes` at the address that argument `i` is. */
static uint8_t *area(struct call *call, size_t i, uint64_t count, uint64_t bytes) {
  const uint64_t at = (uint64_t)call->numbers[i];
  if (at > call->size || bytes * count > call->size - at) {
    call->is_outside = 1;
    return call->memory;
  }
  return call->memory + at;
}

/* Argument `i` as a number of records, rows or the like. */
static uint32_t amount(const struct call *call, size_t i) { return (uint32_t)call->numbers[i]; }

/* Records come in whole blocks, so that their slices do. */
static uint64_t whole_blocks(uint64_t count) { return (count + BLOCK - 1) / BLOCK * BLOCK; }

/* records, count, chosen, probe, usable positions of the probe, scores */
static uint32_t run_score(struct call *call) {
  const uint32_t count = amount(call, 1);
  const uint8_t *chosen = call->numbers[2] == 0 ? NULL : area(call, 2, count, 4);
  const uint8_t *probe = area(call, 3, 1, PROBE);
  uint8_t *scores = area(call, 5, count, 12);
  for (uint32_t i = 0; i < count && !call->is_outside; i++) {
    const uint32_t index = chosen ? word_at(chosen, 4 * (size_t)i) : i;
    const uint8_t *records = area(call, 0, (uint64_t)index + 1, RECORD);
    if (call->is_outside) break;
    call->kernel->score(records + (size_t)RECORD * index, probe, amount(call, 4),
                  scores + 12 * (size_t)i);
  }
  return 0;
}

/* records, first, count, symbols: their blocks are sliced when they are sifted next. */
static uint32_t run_symbolise(struct call *call) {
  const uint64_t first = amount(call, 1);
  const uint64_t count = amount(call, 2);
  const uint64_t end = whole_blocks(first + count);
  uint8_t *slices = area(call, 3, end, RECORD + 1);
  if (call->is_outside || count == 0) return 0;
  for (uint64_t block = first / BLOCK; block < end / BLOCK; block++) {
    mark_behind(slices + BLOCK_BYTES * block);
  }
  return 0;
}

/* probe, tables, step, masked, bases */
static uint32_t run_tabulate(struct call *call) {
  const uint8_t *probe = area(call, 0, 1, PROBE);
  uint8_t *tables = area(call, 1, 1, call->kernel->table_bytes);
  if (!call->is_outside) call->kernel->tabulate(probe, tables);
  return 0;
}

/* records, symbols, count, probe, tables, sums, step, masked, found */
static uint32_t run_sift(struct call *call) {
  const uint32_t count = amount(call, 2);
  const uint64_t whole = whole_blocks(count);
  const uint8_t *records = area(call, 0, whole, RECORD);
  uint8_t *slices = area(call, 1, whole, RECORD + 1);
  const uint8_t *probe = area(call, 3, 1, PROBE);
  const uint8_t *tables = area(call, 4, 1, call->kernel->table_bytes);
  uint8_t *found = area(call, 8, count, 4);
  if (!call->is_outside && !call->kernel->is_table(tables)) call->is_outside = 1;
  if (call->is_outside) return 0;
  return call->kernel->sift(records, slices, count, probe, tables, amount(call, 6) & 7,
                      amount(call, 7) & 7, found);
}

/* tables, which WebAssembly has written */
static uint32_t run_turn_tables(struct call *call) {
  uint8_t *tables = area(call, 0, 1, call->kernel->skim_table_bytes);
  if (!call->is_outside) call->kernel->turn_tables(tables);
  return 0;
}

/* coarse, fine, room, count, tables, limits of two sets, of three and of all, found */
static uint32_t run_skim(struct call *call) {
  const uint32_t count = amount(call, 3);
  const uint8_t *coarse = area(call, 0, count, COARSE);
  const uint8_t *fine = area(call, 1, count, FINE);
  const uint8_t *room = area(call, 2, count, ROOM);
  const uint8_t *tables = area(call, 4, 1, call->kernel->skim_table_bytes);
  uint8_t *found = area(call, 8, count, 4);
  if (call->is_outside) return 0;
  return call->kernel->skim(coarse, fine, room, count, tables, (int32_t)call->numbers[5],
                            (int32_t)call->numbers[6], (int32_t)call->numbers[7], found);
}

/* rounds: the memory is of no use to it */
static uint32_t run_count_bits(struct call *call) {
  return call->kernel->count_bits(amount(call, 0) & 0xfffff);
}

static napi_value refuse(napi_env env, const char *message) {
  napi_throw_type_error(env, NULL, message);
  return NULL;
}

static napi_value called(napi_env env, napi_callback_info info, uint32_t (*run)(struct call *call),
                         size_t numbers) {
  size_t count = MOST_ARGUMENTS + 1;
  napi_value values[MOST_ARGUMENTS + 1];
  void *data;
  if (napi_get_cb_info(env, info, &count, values, NULL, &data) != 0) return NULL;
  if (count != numbers + 1) return refuse(env, "wrong number of arguments");
  struct call call = {.kernel = data};
  _Bool is_array = 0;
  napi_typedarray_type type = 0;
  size_t length = 0;
  void *bytes = NULL;
  if (napi_is_typedarray(env, values[0], &is_array) != 0 || !is_array ||
      napi_get_typedarray_info(env, values[0], &type, &length, &bytes, NULL, NULL) != 0 ||
      type != 1) {
    return refuse(env, "the memory is a Uint8Array");
  }
  call.memory = bytes;
  call.size = length;
  for (size_t i = 0; i < numbers; i++) {
    if (napi_get_value_int64(env, values[i + 1], &call.numbers[i]) != 0) {
      return refuse(env, "addresses and amounts are numbers");
    }
  }
  const uint32_t result = run(&call);
  if (call.is_outside) {
    napi_throw_range_error(env, NULL, "an address reaches out of its area");
    return NULL;
  }
  napi_value value = NULL;
  napi_create_uint32(env, result, &value);
  return value;
}

#define OPERATION(run, numbers)                                        \
  static napi_value called_##run(napi_env env, napi_callback_info info) { \
    return called(env, info, run, numbers);                               \
  }
OPERATION(run_score, 6)
OPERATION(run_symbolise, 4)
OPERATION(run_tabulate, 5)
OPERATION(run_sift, 9)
OPERATION(run_turn_tables, 1)
OPERATION(run_skim, 9)
OPERATION(run_count_bits, 1)

static const struct operation {
  const char *name;
  napi_callback called;
  int is_of_skim;
} OPERATIONS[] = {
    {"score", called_run_score, 0},
    {"symbolise", called_run_symbolise, 0},
    {"tabulate", called_run_tabulate, 0},
    {"sift", called_run_sift, 0},
    {"turnTables", called_run_turn_tables, 1},
    {"skim", called_run_skim, 1},
    {"countBits", called_run_count_bits, 0},
};

/* Kernels that this processor can run, the fastest first. */
static size_t kernels_here(const struct search_kernel *kernels[3]) {
  size_t n = 0;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi") &&
      __builtin_cpu_supports("avx512vpopcntdq") && __builtin_cpu_supports("bmi2")) {
    kernels[n++] = &kernel_avx512;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt")) {
    kernels[n++] = &kernel_avx2;
  }
#endif
  kernels[n++] = &kernel_plain;
  return n;
}

/* An object with all operations of one kernel, which each function has as its data. */
static napi_value functions_of(napi_env env, const struct search_kernel *kernel) {
  napi_value functions;
  if (napi_create_object(env, &functions) != 0) return NULL;
  for (size_t i = 0; i < sizeof OPERATIONS / sizeof *OPERATIONS; i++) {
    const struct operation *operation = &OPERATIONS[i];
    if (operation->is_of_skim && !kernel->skim) continue;
    napi_value function;
    // The data is read only.
    void *data = (void *)(uintptr_t)kernel;
    if (napi_create_function(env, operation->name, strlen(operation->name), operation->called, data,
                             &function) != 0 ||
        napi_set_named_property(env, functions, operation->name, function) != 0) {
      return NULL;
    }
  }
  return functions;
}

#define EXPORTED __attribute__((visibility("default")))

EXPORTED int32_t node_api_module_get_api_version_v1(void) { return 8; }

/* { layout, kernels: { [instructions]: { score, ... } } }, the fastest kernel first. */
EXPORTED napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  napi_value layout;
  napi_value kernels;
  if (napi_create_uint32(env, SEARCH_LAYOUT, &layout) != 0 ||
      napi_set_named_property(env, exports, "layout", layout) != 0 ||
      napi_create_object(env, &kernels) != 0 ||
      napi_set_named_property(env, exports, "kernels", kernels) != 0) {
    return NULL;
  }
  const struct search_kernel *here[3];
  const size_t n = kernels_here(here);
  for (size_t i = 0; i < n; i++) {
    const napi_value functions = functions_of(env, here[i]);
    if (!functions || napi_set_named_property(env, kernels, here[i]->instructions, functions) != 0) {
      return NULL;
    }
  }
  return exports;
}
