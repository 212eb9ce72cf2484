"""Reads one JSON object from stdin, prints what this reader makes of its parts.

credential: {bytes, x, y}; sealed: {bytes, privateKey, aad}; statusList: {bytes, x, y, indices}.
All byte strings in hex.
"""

import json
import sys
import zlib

sys.dont_write_bytecode = True  # the folder of the sources stays as it is

from cose import CURVE, credential_claims, decode, ec, kid_of, open_sealed, open_sign1
from cose import public_key, require, status_of


def key_of(part):
    return public_key(bytes.fromhex(part["x"]), bytes.fromhex(part["y"]))


def read_credential(part):
    header, payload = open_sign1(bytes.fromhex(part["bytes"]), lambda _: key_of(part))
    return {"kid": header[4].hex(), **credential_claims(payload)}


def read_sealed(part):
    private_key = ec.derive_private_key(int(part["privateKey"], 16), CURVE)
    plaintext = open_sealed(private_key, bytes.fromhex(part["bytes"]), bytes.fromhex(part["aad"]))
    return {"plaintext": plaintext.hex(), "kid": kid_of(private_key.public_key()).hex()}


def read_status_list(part):
    find_key = lambda _: key_of(part)
    header, payload = open_sign1(bytes.fromhex(part["bytes"]), find_key, "pop-status-1")
    claims = decode(payload)
    require(header[16] == "application/statuslist+cwt", "another type")
    require(claims[65533]["bits"] == 2, "another width")
    bits = zlib.decompress(claims[65533]["lst"])
    return {
        "subject": claims[2],
        "list": claims[-70010],
        "issued": claims[6],
        "ttl": claims[65534],
        "bytes": len(bits),
        "statuses": [status_of(bits, index) for index in part["indices"]],
    }


given = json.load(sys.stdin)
print(
    json.dumps(
        {
            "credential": read_credential(given["credential"]),
            "sealed": read_sealed(given["sealed"]),
            "statusList": read_status_list(given["statusList"]),
        }
    )
)
