#!/usr/bin/env python3
"""Known answers for tests/test_transform.c and test_esp.c: `python3 vectors.py > vectors.h`.

Published answers are checked here with a second implementation, Python's `cryptography` and `hmac`,
before they are printed; answers that nobody has published are made by it.
"""

import hashlib
import hmac
from collections.abc import Iterator
from typing import NamedTuple

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


class Cbc(NamedTuple):
    """A text sealed by AES-CBC, without an ICV."""

    source: str
    key: str
    header: str
    "SPI and sequence number; zeros where the source has only a text."
    iv: str
    text: str
    sealed: str


PING = "08090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3031323334353637"

CBC = [
    Cbc("RFC 3602 section 4, case 1", "06a9214036b8a15b512e03d534120006", "00" * 8,
        "3dafba429d9eb430b422da802c9fac41", b"Single block msg".hex(),
        "e353779c1079aeb82708942dbe77181a"),
    Cbc("RFC 3602 section 4, case 2", "c286696d887c9aa0611bbb3e2025a45a", "00" * 8,
        "562e17996d093d28ddb3ba695a2e6f58", bytes(range(32)).hex(),
        "d296cd94c2cccf8a3a863028b5e1dc0a7586602d253cfff91b8266bea6d61ab1"),
    Cbc("RFC 3602 section 4, case 3", "6c3ea0477630ce21a2ce334aa746c2cd", "00" * 8,
        "c782dc4c098c66cbd9cd27d825682c81",
        b"This is a 48-byte message (exactly 3 AES blocks)".hex(),
        "d0a02b3836451753d493665d33f0e8862dea54cdb293abc7506939276772f8d5"
        "021c19216bad525c8579695d83ba2684"),
    Cbc("RFC 3602 section 4, case 4", "56e47a38c5598974bc46903dba290349", "00" * 8,
        "8ce82eefbea0da3c44699ed7db51b7d9", bytes(range(0xA0, 0xE0)).hex(),
        "c30e32ffedc0774e6aff6af0869f71aa0f3af07a9a31a9c684db207eb0ef8e4e"
        "35907aa632c3ffdf868bb7b29d3d46ad83ce9f9a102ee99d49a53e87f4c3da55"),
    Cbc("RFC 3602 section 4, case 5", "90d382b410eeba7ad938c46cec1a82bf", "0000432100000001",
        "e96e8c08ab465763fd098d45dd3ff893",
        "08000ebda70a00008e9c083db95b0700" + PING + "0102030405060708090a0b0c0d0e0e01",
        "f663c25d325c18c6a9453e194e120849a4870b66cc6b9965330013b4898dc856"
        "a4699e523a55db080b59ec3a8e4b7e52775b07d1db34ed9c538ab50c551b874a"
        "a269add047ad2d5913ac19b7cfbad4a6"),
    Cbc("RFC 3602 section 4, case 6", "90d382b410eeba7ad938c46cec1a82bf", "0000432100000008",
        "69d08df7d203329db093fc4924e5bd80",
        "0800b5e8a80a0500a69c083d0b660e00" + "77" * 12 + "01020201",
        "f51995881ec4e0c4488987ce742e8109689bb379d2d750c0d915dca346a89f75"),
    Cbc("RFC 3602 section 4, case 7", "0123456789abcdef0123456789abcdef", "0000876500000002",
        "f4e765244f6407adf13dc1380f673f37",
        "45000054090400004001f988c0a87b03c0a87bc808009f76a90a0100b49c083d02a20400" + PING
        + "0102030405060708090a0a04",
        "773b5241a4c449225e4f3ce5ed611b0c237ca96cf74a93013c1b0ea1a0cf70f8"
        "e4ecaec78ac53aad7a0f022b859243c647752e94a859352b8a4d4d2decd136e5"
        "c177f132ad3fbfb2201ac9904c74ee0a109e0ca1e4dfe9d5a100b842f1c22f0d"),
    Cbc("RFC 3602 section 4, case 8", "0123456789abcdef0123456789abcdef", "0000876500000005",
        "85d47224b5f3dd5d2101d4ea8dffab22",
        "45000044090c00004001f990c0a87b03c0a87bc80800d63caa0a0200c69c083da3de0300" + "ff" * 32
        + "0102030405060708090a0a04",
        "15b92683819596a8047232cc00f7048fe45318e11f8a0f62ede3c3fc61203bb5"
        "0f980a08c9843fd3a1b06d5c07ff9639b7eb7dfb3512e5de435e7207ed971ef3"
        "d2726d9b5ef6affc6d17a0decbb13892"),
]


class Mac(NamedTuple):
    """An HMAC cut to the length that ESP has of it."""

    source: str
    digest: str
    key: str
    data: str
    mac: str


HI, WANT = b"Hi There".hex(), b"what do ya want for nothing?".hex()


def mac_cases() -> Iterator[Mac]:
    """RFC 2202 cut as RFC 2404 says, and RFC 4868 sections 2.7.2.1 to 2.7.2.3."""
    sha1 = "RFC 2202 section 3, case {}, cut to 96 bits (RFC 2404)"
    yield Mac(sha1.format(1), "SHA1", "0b" * 20, HI, "b617318655057264e28bc0b6")
    yield Mac(sha1.format(3), "SHA1", "aa" * 20, "dd" * 50, "125d7342b9ac11cd91a39af4")
    yield Mac(sha1.format(4), "SHA1", bytes(range(1, 26)).hex(), "cd" * 50,
              "4c9007f4026250c6bc8414f9")
    yield Mac(sha1.format(5), "SHA1", "0c" * 20, b"Test With Truncation".hex(),
              "4c1a03424b55e07fe7f27be1")
    sha2 = "RFC 4868 section 2.7.2, AUTH{}-{}"
    answers = {
        256: ["198a607eb44bfbc69903a0f1cf2bbdc5", "167f928588c5cc2eef8e3093caa0e87c",
              "cdcb1220d1ecccea91e53aba3092f962", "372efcf9b40b35c2115b1346903d2ef4"],
        384: ["b6a8d5636f5c6a7224f9977dcf7ee6c7fb6d0c48cbdee973",
              "2c7353974f1842fd66d53c452ca42122b28c0b594cfb184d",
              "809f439be00274321d4a538652164b53554a508184a0c316",
              "5b540085c6e6358096532b2493609ed1cb298f774f87bb5c"],
        512: ["637edc6e01dce7e6742a99451aae82df23da3e92439e590e43e761b33e910fb8",
              "cb370917ae8a7ce28cfd1d8f4705d6141c173b2a9362c15df235dfb251b15454",
              "2ee7acd783624ca9398710f3ee05ae41b9f9b0510c87e49e586cc9bf961733d8",
              "5e6688e5a3daec826ca32eaea224eff5e700628947470e13ad01302561bab108"],
    }
    for bits, macs in answers.items():
        size = bits // 8
        keys = ["0b" * size, (b"Jefe" * (size // 4)).hex(), "aa" * size,
                bytes(i % 256 for i in range(1, size + 1)).hex()]
        if bits == 384:
            keys[3] = bytes([*range(1, 0x21), *range(0x0A, 0x1A)]).hex()
        for number, (key, data, mac) in enumerate(
            zip(keys, [HI, WANT, "dd" * 50, "cd" * 50], macs, strict=True), 1
        ):
            yield Mac(sha2.format(bits, number), f"SHA2-{bits}", key, data, mac)


class Gcm(NamedTuple):
    """A packet of AES-GCM in ESP."""

    source: str
    key: str
    "With the salt behind it."
    text: str
    packet: str


GCM_SOURCE = "draft-mcgrew-gcm-test-01 section 4, of SPI {}"

GCM = [
    Gcm(GCM_SOURCE.format("a5f8"), "feffe9928665731c6d6a8f9467308308" "cafebabe",
        "4500003e698f000080114dccc0a80102c0a801010a980035002a2343b2d00100"
        "0001000000000000037369700963796265726369747902646b00000100010001",
        "0000a5f80000000afacedbaddecaf888"
        "deb22cd9b07c72c16e3a65beeb8df304a5a5897d33ae530f1ba76d5d114d2a5c"
        "3de81827c10e9a4f51330d0eec416642cfbb85a5b47e48a4ec3b9ba95d918bd1"
        "83b70d3aa8bc6ee4c309e9d85a41ad4a"),
    Gcm(GCM_SOURCE.format("4a2cbfe3"), "abbccddef00112233445566778899aab" * 2 + "11223344",
        "4500003069a6400080062690c0a801029389155e0a9e008b2dc57ee000000000"
        "7002400020bf0000020405b40101040201020201",
        "4a2cbfe3000000020102030405060708"
        "ff425c9b724599df7a3bcd510194e00d6a78107f1b0b1cbf06efae9d65a5d763"
        "748a637985771d347f0545659f14e99def842d8eb335f4eecfdbf831824b4c49"
        "15956c96"),
    Gcm(GCM_SOURCE.format("0"), "00" * 20,
        "4500003c99c500008001cb7a40679318010101010800075c0200440061626364"
        "65666768696a6b6c6d6e6f707172737475767761626364656667686901020201",
        "00000000000000010000000000000000"
        "4688daf2f973a392732909c331d56d60f694abaa414b5e7ff5fdcdfff5e9a284"
        "456476492719ffb64de7d9dca1e1d894bc3bd57873ed4d181d19d4d5c8c18af3"
        "f821d496eeb096e98ad2b69e4799c71d"),
    Gcm(GCM_SOURCE.format("335467ae"), "7d773d00c144c525ac619d18c84a3f47" "d9664267", "01020201",
        "335467aeffffffff43457e9182443bc6437f866bcb3f699fe9b0822bac961c4504bef270"),
]


class Whole(NamedTuple):
    """A whole packet, which nobody has published: an IPv4 packet of 36 bytes in ESP."""

    digest: str
    key: str
    auth_key: str
    icv: int
    packet: str


INNER = bytes.fromhex("450000240000000040110000" "0a0000010a000002" + bytes(range(16)).hex())
HEADER = bytes.fromhex("0000100100000001")


def whole_packets() -> Iterator[Whole]:
    """One of each suite that is understood."""
    trailer = bytes([*range(1, 11), 10, 4])
    for digest, size, icv, wide in [
        ("SHA1", 20, 12, False), ("SHA1", 20, 12, True), ("SHA2-256", 32, 16, False),
        ("SHA2-256", 32, 16, True), ("SHA2-256", 32, 12, True), ("SHA2-384", 48, 24, False),
        ("SHA2-384", 48, 24, True), ("SHA2-512", 64, 32, False), ("SHA2-512", 64, 32, True),
    ]:  # fmt: skip
        key, auth_key = bytes(range(32 if wide else 16)), bytes(range(100, 100 + size))
        iv = bytes(range(200, 216))
        covered = HEADER + iv + cbc(key, iv, INNER + trailer)
        mac = hmac.digest(auth_key, covered, DIGESTS[digest])[:icv]
        yield Whole(digest, key.hex(), auth_key.hex(), icv, (covered + mac).hex())
    for size in 16, 32:
        key, salt, iv = bytes(range(size)), bytes(range(60, 64)), bytes(range(200, 208))
        sealed = AESGCM(key).encrypt(salt + iv, INNER + b"\x01\x02\x02\x04", HEADER)
        yield Whole("", (key + salt).hex(), "", 16, (HEADER + iv + sealed).hex())


DIGESTS = {
    "SHA1": hashlib.sha1, "SHA2-256": hashlib.sha256,
    "SHA2-384": hashlib.sha384, "SHA2-512": hashlib.sha512,
}  # fmt: skip


def cbc(key: bytes, iv: bytes, text: bytes) -> bytes:
    """Encrypt by AES-CBC."""
    encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return encryptor.update(text) + encryptor.finalize()


def check_published() -> None:
    """See whether the published answers are right, and rightly copied."""
    for case in CBC:
        key, iv, text = (bytes.fromhex(field) for field in (case.key, case.iv, case.text))
        assert cbc(key, iv, text).hex() == case.sealed, case.source
    for mac in mac_cases():
        made = hmac.digest(bytes.fromhex(mac.key), bytes.fromhex(mac.data), DIGESTS[mac.digest])
        assert made.hex().startswith(mac.mac), mac.source
    for gcm in GCM:
        key, packet = bytes.fromhex(gcm.key), bytes.fromhex(gcm.packet)
        sealed = AESGCM(key[:-4]).encrypt(
            key[-4:] + packet[8:16], bytes.fromhex(gcm.text), packet[:8]
        )
        assert packet[16:] == sealed, gcm.source


def print_cases(kind: str, cases: list[NamedTuple]) -> None:
    """Print an array of structures of strings and numbers."""
    fields = "".join(
        f"    {'size_t ' if isinstance(value, int) else 'const char *'}{name};\n"
        for name, value in cases[0]._asdict().items()
    )
    print(f"\nstruct {kind} {{\n{fields}}};\n\nstatic const struct {kind} {kind}s[] = {{")
    for case in cases:
        print("    {")
        for value in case:
            if isinstance(value, int):
                print(f"        {value},")
            elif len(value) <= 80:
                print(f'        "{value}",')
            else:
                lines = [value[at : at + 80] for at in range(0, len(value), 80)]
                print("\n".join(f'        "{line}"' for line in lines) + ",")
        print("    },")
    print("};")


def main() -> None:
    """Print the header."""
    check_published()
    print("/* Known answers, in hexadecimal digits. Made by vectors.py, which says where from. */")
    print("#pragma once\n\n#include <stddef.h>")
    print_cases("cbc_answer", CBC)
    print_cases("mac_answer", list(mac_cases()))
    print_cases("gcm_answer", GCM)
    print_cases("whole_answer", list(whole_packets()))


if __name__ == "__main__":
    main()
