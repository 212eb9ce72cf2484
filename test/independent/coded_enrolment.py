"""Opens one enrolment as a gateway does, with code of its own: envelope, seal, inner signature, templates.

Reads {envelope, sealKey, relayKey, provisionalKey, weights} from stdin, byte strings in hex, public
keys compressed; prints what it found, and refuses (exit 1) where anything does not fit.
"""

import json
import sys
from hashlib import sha256

sys.dont_write_bytecode = True  # the folder of the sources stays as it is

from cose import CURVE, decode, ec, encode, kid_of, open_sealed, open_sign1, require
from iris_coder import decode as decode_template, models_of

given = json.load(sys.stdin)
models = models_of(given["weights"])


def key(name):
    return ec.EllipticCurvePublicKey.from_encoded_point(CURVE, bytes.fromhex(given[name]))


def plain(reference):
    modality, position, name, version, quality, data = reference
    if name != "iris-coded":
        return reference
    require(modality == "iris" and version == 1, "another coding")
    record, whole = decode_template(data, models)
    require(whole and len(record) == 3072, "not one whole template")
    return [modality, position, "iris-code", 1, quality, record]


header, payload = open_sign1(bytes.fromhex(given["envelope"]), lambda _: key("relayKey"), "pop-envelope-1")
envelope = decode(payload)
binding = encode([header[4], envelope[6], envelope[1], envelope.get(7)])
seal_key = ec.derive_private_key(int(given["sealKey"], 16), CURVE)
inner = open_sealed(seal_key, envelope[9], binding)
_, body = open_sign1(inner, lambda _: key("relayKey"), "pop-inner-1")
enrolment = decode(body)
commitment = open_sign1(enrolment[4], lambda _: key("provisionalKey"), "pop-capture-1")[1]
references = [plain(reference) for reference in enrolment[3]]
require(decode(commitment)[1] == sha256(encode(references)).digest(), "committed to other templates")
print(
    json.dumps(
        {
            "type": envelope[1],
            "sender": header[4].hex(),
            "sealedTo": kid_of(seal_key.public_key()).hex(),
            "formats": [reference[2] for reference in enrolment[3]],
            "templates": [sha256(reference[5]).hexdigest() for reference in references],
        }
    )
)
