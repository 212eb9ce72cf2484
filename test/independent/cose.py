"""COSE and CWT as the protocol's document describes them, on python3-cbor2 and python3-cryptography.

Shares no code with the product: it is the second reader of docs/protocol.md.
"""

import hashlib

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CURVE = ec.SECP256K1()
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
ES256K = -47
A256GCM = 3
ECDH_ES_HKDF_256 = -25


class Refused(Exception):
    """The bytes are not what the protocol allows."""


def require(condition, what):
    if not condition:
        raise Refused(what)


def encode(value):
    return cbor2.dumps(value, canonical=True)


def decode(data):
    """One item in deterministic form, and nothing behind it."""
    value = cbor2.loads(data)
    require(encode(value) == data, "not in deterministic form")
    return value


def public_key(x, y):
    return ec.EllipticCurvePublicNumbers(
        int.from_bytes(x, "big"), int.from_bytes(y, "big"), CURVE
    ).public_key()


def compressed(key):
    return key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)


def kid_of(key):
    """The first 8 bytes of the COSE key thumbprint (RFC 9679)."""
    point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    required = {1: 2, -1: 8, -2: point[1:33], -3: point[33:]}
    return hashlib.sha256(encode(required)).digest()[:8]


def sig_structure(protected, payload, context):
    return encode(["Signature1", protected, context.encode(), payload])


def open_sign1(data, find_key, context=""):
    """The protected header and payload of a COSE_Sign1 whose signature is good."""
    message = decode(data)
    require(isinstance(message, cbor2.CBORTag) and message.tag == 18, "tag 18 is missing")
    protected, unprotected, payload, signature = message.value
    header = decode(protected)
    require(unprotected == {}, "an unprotected header")
    require(header[1] == ES256K, "another algorithm")
    require(set(header) <= {1, 4, 16}, "an unknown header")
    require(len(signature) == 64, "a signature that is not 64 bytes")
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    require(s <= ORDER // 2, "a high-S signature")
    key = find_key(header[4])
    require(kid_of(key) == header[4], "a kid that is not the key's thumbprint")
    try:
        key.verify(
            utils.encode_dss_signature(r, s),
            sig_structure(protected, payload, context),
            ec.ECDSA(hashes.SHA256()),
        )
    except InvalidSignature as error:
        raise Refused("a wrong signature") from error
    return header, payload


def sign1(private_key, payload, context="", typ=None):
    header = {1: ES256K, 4: kid_of(private_key.public_key())}
    if typ is not None:
        header[16] = typ
    protected = encode(header)
    der = private_key.sign(sig_structure(protected, payload, context), ec.ECDSA(hashes.SHA256()))
    r, s = utils.decode_dss_signature(der)
    s = min(s, ORDER - s)
    signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return encode(cbor2.CBORTag(18, [protected, {}, payload, signature]))


def content_key(private_key, other_key, ephemeral, recipient):
    protected = encode({1: ECDH_ES_HKDF_256})
    other = b"pop-seal-1" + ephemeral + recipient
    party = [None, None, None]
    info = encode([A256GCM, party, party, [256, protected, other]])
    secret = private_key.exchange(ec.ECDH(), other_key)
    return HKDF(hashes.SHA256(), 32, None, info).derive(secret)


def open_sealed(private_key, data, aad):
    """The plaintext of a COSE_Encrypt to this key."""
    message = decode(data)
    require(isinstance(message, cbor2.CBORTag) and message.tag == 96, "tag 96 is missing")
    protected, unprotected, ciphertext, [[recipient_header, info, empty]] = message.value
    require(decode(protected) == {1: A256GCM} and empty == b"", "another algorithm")
    require(decode(recipient_header) == {1: ECDH_ES_HKDF_256}, "another key agreement")
    point = info[-1]
    ephemeral = bytes([3 if point[-3] else 2]) + point[-2]
    recipient = compressed(private_key.public_key())
    require(info[4] == kid_of(private_key.public_key()), "sealed to another key")
    ephemeral_key = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, ephemeral)
    key = content_key(private_key, ephemeral_key, ephemeral, recipient)
    structure = encode(["Encrypt", protected, aad])
    return AESGCM(key).decrypt(unprotected[5], ciphertext, structure)


def seal(recipient_key, plaintext, aad, ephemeral_private, nonce):
    ephemeral = compressed(ephemeral_private.public_key())
    recipient = compressed(recipient_key)
    key = content_key(ephemeral_private, recipient_key, ephemeral, recipient)
    protected = encode({1: A256GCM})
    ciphertext = AESGCM(key).encrypt(nonce, plaintext, encode(["Encrypt", protected, aad]))
    point = {1: 2, -1: 8, -2: ephemeral[1:], -3: ephemeral[0] == 3}
    info = {-1: point, 4: kid_of(recipient_key)}
    recipients = [[encode({1: ECDH_ES_HKDF_256}), info, b""]]
    return encode(cbor2.CBORTag(96, [protected, {5: nonce}, ciphertext, recipients]))


def credential_claims(payload):
    """The claims of a credential, each in its bounds (docs/protocol.md, Credential)."""
    claims = decode(payload)
    require(set(claims) == {4, 6, 7, -70000}, "unknown or missing claims")
    inner = claims[-70000]
    require({2, 3, 4, 6} <= set(inner) <= {2, 3, 4, 5, 6}, "unknown or missing members")
    require(0x10000 <= claims[6] < claims[4] <= 0xFFFFFFFF, "times out of range")
    require(len(claims[7]) == 8 and len(inner[3]) == 16, "an identifier of another length")
    require(1 <= inner[2] <= 5 and inner[6] in (0, 1), "assurance or stage out of range")
    status_list, index = inner[4]
    require(0 <= status_list <= 0xFFFFFFFF and 0 <= index <= 65535, "a status out of range")
    return {
        "expires": claims[4],
        "issued": claims[6],
        "id": claims[7].hex(),
        "assurance": inner[2],
        "cardBinding": inner[3].hex(),
        "status": [status_list, index],
        "stage": ("provisional", "final")[inner[6]],
    }


def status_of(bits, index):
    return (bits[index >> 2] >> ((index & 3) * 2)) & 3
