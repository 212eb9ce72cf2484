"""verify_credentials.py DIR: checks DIR/credentials/*.cbor with the keys of DIR/keys.json.

keys.json maps a key identifier in hex to {"crv", "x", "y"}, coordinates in hex. One line is
printed for each credential; the exit code is 1 where any is refused or there is none.
"""

import json
import pathlib
import sys

sys.dont_write_bytecode = True  # the folder of the sources stays as it is

from cose import Refused, credential_claims, open_sign1, public_key, require

MAX_CREDENTIAL_BYTES = 160


def read_keys(path):
    keys = {}
    for kid, key in json.loads(path.read_text()).items():
        require(key["crv"] == "secp256k1", f"key {kid} is of the curve {key['crv']}")
        keys[bytes.fromhex(kid)] = public_key(bytes.fromhex(key["x"]), bytes.fromhex(key["y"]))
    return keys


def check(data, keys):
    def find_key(kid):
        require(kid in keys, f"no key {kid.hex()} in keys.json")
        return keys[kid]

    require(len(data) <= MAX_CREDENTIAL_BYTES, f"{len(data)} bytes are too many")
    header, payload = open_sign1(data, find_key)
    claims = credential_claims(payload)
    return header[4].hex(), claims


def main(folder):
    keys = read_keys(folder / "keys.json")
    files = sorted((folder / "credentials").glob("*.cbor"))
    failures = 0
    for path in files:
        data = path.read_bytes()
        try:
            kid, claims = check(data, keys)
            print(
                f"ok {path.name}: {len(data)} bytes, {claims['stage']}, assurance "
                f"{claims['assurance']}, key {kid}, expires {claims['expires']}"
            )
        except Exception as error:  # whatever a parser here throws, the credential is refused
            failures += 1
            print(f"not ok {path.name}: {type(error).__name__}: {error}")
    if not files:
        print(f"not ok: no credentials in {folder / 'credentials'}")
    return 1 if failures or not files else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: verify_credentials.py DIR")
    sys.exit(main(pathlib.Path(sys.argv[1])))
