#!/bin/sh
# A PIN, a credential and two assertions with the tools of libfido2, which verify what the key signs.
# usage: libfido2.sh KEY FOLDER      KEY is /dev/hidrawN, FOLDER a place for files; touches are not ours
set -eu
key=$1 folder=$2 pin=geheim-42 rp=operator.personhood.internal
cd "$folder"
# Without a terminal of their own the tools read the PIN from their standard input.
with_pin() { printf '%s\n' "$@" | setsid -w "$program" $arguments; }
hash_of() { printf '%s' "$1" | openssl dgst -sha256 -binary | base64; }

fido2-token -L
program=fido2-token arguments="-S $key" with_pin $pin $pin >said

printf '%s\n' "$(hash_of enrol)" $rp Ada "$(printf ada | base64)" >asked
program=fido2-cred arguments="-M -h -v -i asked -o made $key es256" with_pin $pin >>said
fido2-cred -V -h -v -i made -o credential es256
sed 1d credential >public
echo enrolled

assert() {
  printf '%s\n' "$(hash_of "$1")" $rp "$(head -1 credential)" "$(head -c 32 /dev/zero | base64)" >asked
  program=fido2-assert arguments="-G -h -v -i asked -o signed $key" with_pin "$2" >>said
}
assert login $pin
fido2-assert -V -h -v -i signed public es256
echo asserted
tail -1 signed >secret
assert again $pin
tail -1 signed | cmp - secret

refused() {
  if "$@" 2>>said; then
    echo "taken: $*" >&2
    exit 1
  fi
}
# Of another challenge than was signed.
sed -i "1s|.*|$(hash_of other)|" signed
refused fido2-assert -V -h -v -i signed public es256
refused assert login wrong-pin
fido2-token -I "$key" | grep '^pin retries'
