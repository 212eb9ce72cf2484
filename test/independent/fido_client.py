#!/usr/bin/env python3
"""Drives a security key with Debian's python3-fido2, a client that this project did not write.

Reports of 64 bytes come and go over standard input and output. Prints what it found as JSON on
standard error; exits 1 where anything is not as the client wants it.

usage: fido_client.py PIN PROTOCOL      PROTOCOL is 1 or 2
"""
import json
import os
import sys

from fido2.attestation.packed import PackedAttestation
from fido2.ctap import CtapError
from fido2.ctap2 import ClientPin, Ctap2
from fido2.ctap2.extensions import HmacSecretExtension
from fido2.ctap2.pin import PinProtocolV1, PinProtocolV2
from fido2.hid import CtapHidDevice
from fido2.hid.base import CtapHidConnection, HidDescriptor

REPORT = 64
RP = "operator.personhood.internal"


class Pipes(CtapHidConnection):
    def read_packet(self):
        got = b""
        while len(got) < REPORT:
            part = os.read(0, REPORT - len(got))
            if not part:
                raise OSError("the key has gone")
            got += part
        return got

    def write_packet(self, packet):
        os.write(1, packet)

    def close(self):
        pass


def main(pin, protocol):
    device = CtapHidDevice(HidDescriptor("pipe", 0, 0, REPORT, REPORT), Pipes())
    assert device.ping(b"x" * 1000) == b"x" * 1000
    ctap = Ctap2(device)
    found = {"versions": ctap.info.versions, "hid": device.version}

    client_pin = ClientPin(ctap, {1: PinProtocolV1, 2: PinProtocolV2}[protocol]())
    client_pin.set_pin(pin)
    try:
        client_pin.get_pin_token(pin + "x")
        raise SystemExit("a wrong PIN was taken")
    except CtapError as error:
        assert error.code == CtapError.ERR.PIN_INVALID, error
    found["retries"] = client_pin.get_pin_retries()[0]

    def proof(permission, client_hash):
        token = client_pin.get_pin_token(pin, permission, RP)
        return client_pin.protocol.authenticate(token, client_hash)

    made_hash = os.urandom(32)
    made = ctap.make_credential(
        made_hash,
        {"id": RP, "name": RP},
        {"id": b"ada", "name": "Ada"},
        [{"type": "public-key", "alg": -7}],
        extensions={"hmac-secret": True},
        pin_uv_param=proof(ClientPin.PERMISSION.MAKE_CREDENTIAL, made_hash),
        pin_uv_protocol=protocol,
    )
    attested = PackedAttestation().verify(made.att_statement, made.auth_data, made_hash)
    found["attestation"] = attested.attestation_type.name
    assert made.auth_data.is_user_verified() and made.auth_data.is_user_present()
    credential = made.auth_data.credential_data

    secrets = []
    for salt in (b"a" * 32, b"a" * 32, b"b" * 32):
        secret = HmacSecretExtension(ctap, client_pin.protocol)
        question = secret.process_get_input({"hmacGetSecret": {"salt1": salt, "salt2": b"c" * 32}})
        asked_hash = os.urandom(32)
        asserted = ctap.get_assertion(
            RP,
            asked_hash,
            [{"type": "public-key", "id": credential.credential_id}],
            extensions={"hmac-secret": question},
            pin_uv_param=proof(ClientPin.PERMISSION.GET_ASSERTION, asked_hash),
            pin_uv_protocol=protocol,
        )
        asserted.verify(asked_hash, credential.public_key)
        assert asserted.auth_data.is_user_verified()
        secrets.append(secret.process_get_output(asserted.auth_data)["hmacGetSecret"])
    assert secrets[0] == secrets[1]
    assert secrets[0]["output1"] != secrets[2]["output1"]
    assert secrets[0]["output2"] == secrets[2]["output2"]
    assert asserted.auth_data.counter > made.auth_data.counter
    found["count"] = asserted.auth_data.counter

    try:
        other = [{"type": "public-key", "id": b"nobody's"}]
        ctap.get_assertion(RP, asked_hash, other, pin_uv_param=proof(2, asked_hash),
                           pin_uv_protocol=protocol)
        raise SystemExit("an unknown credential was taken")
    except CtapError as error:
        assert error.code == CtapError.ERR.NO_CREDENTIALS, error
    print(json.dumps(found), file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
