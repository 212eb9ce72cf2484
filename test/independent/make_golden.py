"""make_golden.py > test/vectors/golden.json: messages that this reader's own code makes.

Keys are SHA-256 of a name; ECDSA nonces are OpenSSL's, so that each run differs in them.
"""

import hashlib
import json
import sys
import zlib

sys.dont_write_bytecode = True  # the folder of the sources stays as it is

from cose import CURVE, ORDER, cbor2, compressed, ec, encode, kid_of, seal, sign1


def private_key(name):
    return ec.derive_private_key(int.from_bytes(hashlib.sha256(name.encode()).digest(), "big"), CURVE)


def key_json(name):
    key = private_key(name)
    secret = key.private_numbers().private_value.to_bytes(32, "big")
    return {
        "privateKey": secret.hex(),
        "publicKey": compressed(key.public_key()).hex(),
        "kid": kid_of(key.public_key()).hex(),
    }


def credential(stage, assurance, status, **more):
    inner = {2: assurance, 3: bytes(range(16)), 4: status, 6: stage, **more.get("inner", {})}
    claims = {4: 1_900_000_000, 6: 1_800_000_000, 7: bytes.fromhex("0011223344556677"), -70000: inner}
    return sign1(private_key("golden issuer"), encode(claims))


def high_s(message):
    """The same credential with the other half of its signature."""
    tag = cbor2.loads(message)
    protected, unprotected, payload, signature = tag.value
    other = ORDER - int.from_bytes(signature[32:], "big")
    changed = signature[:32] + other.to_bytes(32, "big")
    return encode(cbor2.CBORTag(18, [protected, unprotected, payload, changed]))


def status_list():
    bits = bytearray(16_384)
    statuses = {0: 1, 1: 2, 2: 3, 4711: 1, 65_535: 2}
    for index, status in statuses.items():
        bits[index >> 2] |= status << ((index & 3) * 2)
    claims = {
        2: "demo.east.lime.alder",
        6: 1_800_000_000,
        -70010: 7,
        65533: {"bits": 2, "lst": zlib.compress(bytes(bits), 9)},
        65534: 86_400,
    }
    typ = "application/statuslist+cwt"
    token = sign1(private_key("golden issuer"), encode(claims), "pop-status-1", typ)
    return {"bytes": token.hex(), "statuses": [[index, status] for index, status in statuses.items()]}


def sealed(ephemeral):
    recipient = private_key("golden recipient").public_key()
    body = b"signed within, sealed without"
    aad = encode([bytes(8), "demo.east.lime.alder", "enrolment", None])
    made = seal(recipient, body, aad, private_key(ephemeral), bytes(range(12)))
    return {"bytes": made.hex(), "aad": aad.hex(), "plaintext": body.hex()}


final = credential(1, 5, [1, 4711])
print(
    json.dumps(
        {
            "issuer": key_json("golden issuer"),
            "recipient": key_json("golden recipient"),
            "credentials": {
                "final": final.hex(),
                "provisional": credential(0, 1, [4_294_967_295, 65_535]).hex(),
                "withAttributes": credential(1, 2, [0, 0], inner={5: bytes(32)}).hex(),
            },
            "refused": {
                "highS": high_s(final).hex(),
                "anotherContext": sign1(
                    private_key("golden issuer"), encode({4: 1}), "pop-envelope-1"
                ).hex(),
                "unknownClaim": credential(1, 5, [1, 4711], inner={9: 1}).hex(),
            },
            "statusList": status_list(),
            "sealed": [sealed("golden ephemeral"), sealed("golden ephemeral 4")],
        },
        indent=2,
    )
)
