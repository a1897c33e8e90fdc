/* Known answers, in hexadecimal digits. Made by vectors.py, which says where from. */
#pragma once

#include <stddef.h>

struct cbc_answer {
    const char *source;
    const char *key;
    const char *header;
    const char *iv;
    const char *text;
    const char *sealed;
};

static const struct cbc_answer cbc_answers[] = {
    {
        "RFC 3602 section 4, case 1",
        "06a9214036b8a15b512e03d534120006",
        "0000000000000000",
        "3dafba429d9eb430b422da802c9fac41",
        "53696e676c6520626c6f636b206d7367",
        "e353779c1079aeb82708942dbe77181a",
    },
    {
        "RFC 3602 section 4, case 2",
        "c286696d887c9aa0611bbb3e2025a45a",
        "0000000000000000",
        "562e17996d093d28ddb3ba695a2e6f58",
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "d296cd94c2cccf8a3a863028b5e1dc0a7586602d253cfff91b8266bea6d61ab1",
    },
    {
        "RFC 3602 section 4, case 3",
        "6c3ea0477630ce21a2ce334aa746c2cd",
        "0000000000000000",
        "c782dc4c098c66cbd9cd27d825682c81",
        "5468697320697320612034382d62797465206d657373616765202865786163746c79203320414553"
        "20626c6f636b7329",
        "d0a02b3836451753d493665d33f0e8862dea54cdb293abc7506939276772f8d5021c19216bad525c"
        "8579695d83ba2684",
    },
    {
        "RFC 3602 section 4, case 4",
        "56e47a38c5598974bc46903dba290349",
        "0000000000000000",
        "8ce82eefbea0da3c44699ed7db51b7d9",
        "a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7"
        "c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf",
        "c30e32ffedc0774e6aff6af0869f71aa0f3af07a9a31a9c684db207eb0ef8e4e35907aa632c3ffdf"
        "868bb7b29d3d46ad83ce9f9a102ee99d49a53e87f4c3da55",
    },
    {
        "RFC 3602 section 4, case 5",
        "90d382b410eeba7ad938c46cec1a82bf",
        "0000432100000001",
        "e96e8c08ab465763fd098d45dd3ff893",
        "08000ebda70a00008e9c083db95b070008090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
        "202122232425262728292a2b2c2d2e2f30313233343536370102030405060708090a0b0c0d0e0e01",
        "f663c25d325c18c6a9453e194e120849a4870b66cc6b9965330013b4898dc856a4699e523a55db08"
        "0b59ec3a8e4b7e52775b07d1db34ed9c538ab50c551b874aa269add047ad2d5913ac19b7cfbad4a6",
    },
    {
        "RFC 3602 section 4, case 6",
        "90d382b410eeba7ad938c46cec1a82bf",
        "0000432100000008",
        "69d08df7d203329db093fc4924e5bd80",
        "0800b5e8a80a0500a69c083d0b660e0077777777777777777777777701020201",
        "f51995881ec4e0c4488987ce742e8109689bb379d2d750c0d915dca346a89f75",
    },
    {
        "RFC 3602 section 4, case 7",
        "0123456789abcdef0123456789abcdef",
        "0000876500000002",
        "f4e765244f6407adf13dc1380f673f37",
        "45000054090400004001f988c0a87b03c0a87bc808009f76a90a0100b49c083d02a2040008090a0b"
        "0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f30313233"
        "343536370102030405060708090a0a04",
        "773b5241a4c449225e4f3ce5ed611b0c237ca96cf74a93013c1b0ea1a0cf70f8e4ecaec78ac53aad"
        "7a0f022b859243c647752e94a859352b8a4d4d2decd136e5c177f132ad3fbfb2201ac9904c74ee0a"
        "109e0ca1e4dfe9d5a100b842f1c22f0d",
    },
    {
        "RFC 3602 section 4, case 8",
        "0123456789abcdef0123456789abcdef",
        "0000876500000005",
        "85d47224b5f3dd5d2101d4ea8dffab22",
        "45000044090c00004001f990c0a87b03c0a87bc80800d63caa0a0200c69c083da3de0300ffffffff"
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffff0102030405060708090a0a04",
        "15b92683819596a8047232cc00f7048fe45318e11f8a0f62ede3c3fc61203bb50f980a08c9843fd3"
        "a1b06d5c07ff9639b7eb7dfb3512e5de435e7207ed971ef3d2726d9b5ef6affc6d17a0decbb13892",
    },
};

struct mac_answer {
    const char *source;
    const char *digest;
    const char *key;
    const char *data;
    const char *mac;
};

static const struct mac_answer mac_answers[] = {
    {
        "RFC 2202 section 3, case 1, cut to 96 bits (RFC 2404)",
        "SHA1",
        "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
        "4869205468657265",
        "b617318655057264e28bc0b6",
    },
    {
        "RFC 2202 section 3, case 3, cut to 96 bits (RFC 2404)",
        "SHA1",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
        "dddddddddddddddddddd",
        "125d7342b9ac11cd91a39af4",
    },
    {
        "RFC 2202 section 3, case 4, cut to 96 bits (RFC 2404)",
        "SHA1",
        "0102030405060708090a0b0c0d0e0f10111213141516171819",
        "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"
        "cdcdcdcdcdcdcdcdcdcd",
        "4c9007f4026250c6bc8414f9",
    },
    {
        "RFC 2202 section 3, case 5, cut to 96 bits (RFC 2404)",
        "SHA1",
        "0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c",
        "546573742057697468205472756e636174696f6e",
        "4c1a03424b55e07fe7f27be1",
    },
    {
        "RFC 4868 section 2.7.2, AUTH256-1",
        "SHA2-256",
        "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
        "4869205468657265",
        "198a607eb44bfbc69903a0f1cf2bbdc5",
    },
    {
        "RFC 4868 section 2.7.2, AUTH256-2",
        "SHA2-256",
        "4a6566654a6566654a6566654a6566654a6566654a6566654a6566654a656665",
        "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
        "167f928588c5cc2eef8e3093caa0e87c",
    },
    {
        "RFC 4868 section 2.7.2, AUTH256-3",
        "SHA2-256",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
        "dddddddddddddddddddd",
        "cdcb1220d1ecccea91e53aba3092f962",
    },
    {
        "RFC 4868 section 2.7.2, AUTH256-4",
        "SHA2-256",
        "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20",
        "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"
        "cdcdcdcdcdcdcdcdcdcd",
        "372efcf9b40b35c2115b1346903d2ef4",
    },
    {
        "RFC 4868 section 2.7.2, AUTH384-1",
        "SHA2-384",
        "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"
        "0b0b0b0b0b0b0b0b",
        "4869205468657265",
        "b6a8d5636f5c6a7224f9977dcf7ee6c7fb6d0c48cbdee973",
    },
    {
        "RFC 4868 section 2.7.2, AUTH384-2",
        "SHA2-384",
        "4a6566654a6566654a6566654a6566654a6566654a6566654a6566654a6566654a6566654a656665"
        "4a6566654a656665",
        "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
        "2c7353974f1842fd66d53c452ca42122b28c0b594cfb184d",
    },
    {
        "RFC 4868 section 2.7.2, AUTH384-3",
        "SHA2-384",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "aaaaaaaaaaaaaaaa",
        "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
        "dddddddddddddddddddd",
        "809f439be00274321d4a538652164b53554a508184a0c316",
    },
    {
        "RFC 4868 section 2.7.2, AUTH384-4",
        "SHA2-384",
        "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f200a0b0c0d0e0f1011"
        "1213141516171819",
        "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"
        "cdcdcdcdcdcdcdcdcdcd",
        "5b540085c6e6358096532b2493609ed1cb298f774f87bb5c",
    },
    {
        "RFC 4868 section 2.7.2, AUTH512-1",
        "SHA2-512",
        "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"
        "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
        "4869205468657265",
        "637edc6e01dce7e6742a99451aae82df23da3e92439e590e43e761b33e910fb8",
    },
    {
        "RFC 4868 section 2.7.2, AUTH512-2",
        "SHA2-512",
        "4a6566654a6566654a6566654a6566654a6566654a6566654a6566654a6566654a6566654a656665"
        "4a6566654a6566654a6566654a6566654a6566654a656665",
        "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
        "cb370917ae8a7ce28cfd1d8f4705d6141c173b2a9362c15df235dfb251b15454",
    },
    {
        "RFC 4868 section 2.7.2, AUTH512-3",
        "SHA2-512",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
        "dddddddddddddddddddd",
        "2ee7acd783624ca9398710f3ee05ae41b9f9b0510c87e49e586cc9bf961733d8",
    },
    {
        "RFC 4868 section 2.7.2, AUTH512-4",
        "SHA2-512",
        "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728"
        "292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f40",
        "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"
        "cdcdcdcdcdcdcdcdcdcd",
        "5e6688e5a3daec826ca32eaea224eff5e700628947470e13ad01302561bab108",
    },
};

struct gcm_answer {
    const char *source;
    const char *key;
    const char *text;
    const char *packet;
};

static const struct gcm_answer gcm_answers[] = {
    {
        "draft-mcgrew-gcm-test-01 section 4, of SPI a5f8",
        "feffe9928665731c6d6a8f9467308308cafebabe",
        "4500003e698f000080114dccc0a80102c0a801010a980035002a2343b2d001000001000000000000"
        "037369700963796265726369747902646b00000100010001",
        "0000a5f80000000afacedbaddecaf888deb22cd9b07c72c16e3a65beeb8df304a5a5897d33ae530f"
        "1ba76d5d114d2a5c3de81827c10e9a4f51330d0eec416642cfbb85a5b47e48a4ec3b9ba95d918bd1"
        "83b70d3aa8bc6ee4c309e9d85a41ad4a",
    },
    {
        "draft-mcgrew-gcm-test-01 section 4, of SPI 4a2cbfe3",
        "abbccddef00112233445566778899aababbccddef00112233445566778899aab11223344",
        "4500003069a6400080062690c0a801029389155e0a9e008b2dc57ee0000000007002400020bf0000"
        "020405b40101040201020201",
        "4a2cbfe3000000020102030405060708ff425c9b724599df7a3bcd510194e00d6a78107f1b0b1cbf"
        "06efae9d65a5d763748a637985771d347f0545659f14e99def842d8eb335f4eecfdbf831824b4c49"
        "15956c96",
    },
    {
        "draft-mcgrew-gcm-test-01 section 4, of SPI 0",
        "0000000000000000000000000000000000000000",
        "4500003c99c500008001cb7a40679318010101010800075c020044006162636465666768696a6b6c"
        "6d6e6f707172737475767761626364656667686901020201",
        "000000000000000100000000000000004688daf2f973a392732909c331d56d60f694abaa414b5e7f"
        "f5fdcdfff5e9a284456476492719ffb64de7d9dca1e1d894bc3bd57873ed4d181d19d4d5c8c18af3"
        "f821d496eeb096e98ad2b69e4799c71d",
    },
    {
        "draft-mcgrew-gcm-test-01 section 4, of SPI 335467ae",
        "7d773d00c144c525ac619d18c84a3f47d9664267",
        "01020201",
        "335467aeffffffff43457e9182443bc6437f866bcb3f699fe9b0822bac961c4504bef270",
    },
};

struct whole_answer {
    const char *digest;
    const char *key;
    const char *auth_key;
    size_t icv;
    const char *packet;
};

static const struct whole_answer whole_answers[] = {
    {
        "SHA1",
        "000102030405060708090a0b0c0d0e0f",
        "6465666768696a6b6c6d6e6f7071727374757677",
        12,
        "0000100100000001c8c9cacbcccdcecfd0d1d2d3d4d5d6d73ca94ab5464cd7ad7a80772d476de11c"
        "76c31af791a1cdc32953ad1db5d20dee8e6125654056a51dc5976ff78e298c9e4ce23f420e02b6e5"
        "809d2c80",
    },
    {
        "SHA1",
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "6465666768696a6b6c6d6e6f7071727374757677",
        12,
        "0000100100000001c8c9cacbcccdcecfd0d1d2d3d4d5d6d709442e58e9a8e75c22790c83ef12112e"
        "4cb27c97f6e7f08ffca5d67edd394afe52f7a90e9bb96a895cbcd521a783ce643577980943e8b1af"
        "fac8ce63",
    },
    {
        "SHA2-256",
        "000102030405060708090a0b0c0d0e0f",
        "6465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f80818283",
        16,
        "0000100100000001c8c9cacbcccdcecfd0d1d2d3d4d5d6d73ca94ab5464cd7ad7a80772d476de11c"
        "76c31af791a1cdc32953ad1db5d20dee8e6125654056a51dc5976ff78e298c9e856574e94000101b"
        "41cc3dfe44e7acdd",
    },
    {
        "SHA2-256",
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "6465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f80818283",
        16,
        "0000100100000001c8c9cacbcccdcecfd0d1d2d3d4d5d6d709442e58e9a8e75c22790c83ef12112e"
        "4cb27c97f6e7f08ffca5d67edd394afe52f7a90e9bb96a895cbcd521a783ce649c1b24166b2b204b"
        "82ea8ca302608b16",
    },
    {
        "SHA2-256",
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "6465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f80818283",
        12,
        "0000100100000001c8c9cacbcccdcecfd0d1d2d3d4d5d6d709442e58e9a8e75c22790c83ef12112e"
        "4cb27c97f6e7f08ffca5d67edd394afe52f7a90e9bb96a895cbcd521a783ce649c1b24166b2b204b"
        "82ea8ca3",
    },
    {
        "SHA2-384",
        "000102030405060708090a0b0c0d0e0f",
        "6465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8b"
        "8c8d8e8f90919293",
        24,
        "0000100100000001c8c9cacbcccdcecfd0d1d2d3d4d5d6d73ca94ab5464cd7ad7a80772d476de11c"
        "76c31af791a1cdc32953ad1db5d20dee8e6125654056a51dc5976ff78e298c9e8fb23f6fb09d0f31"
        "1325a02fdcaa01dc4540e38782df5650",
    },
    {
        "SHA2-384",
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "6465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8b"
        "8c8d8e8f90919293",
        24,
        "0000100100000001c8c9cacbcccdcecfd0d1d2d3d4d5d6d709442e58e9a8e75c22790c83ef12112e"
        "4cb27c97f6e7f08ffca5d67edd394afe52f7a90e9bb96a895cbcd521a783ce648ead95f8dac08390"
        "dba71b37e4dae9cb6f89a9b7e667cc7c",
    },
    {
        "SHA2-512",
        "000102030405060708090a0b0c0d0e0f",
        "6465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8b"
        "8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3",
        32,
        "0000100100000001c8c9cacbcccdcecfd0d1d2d3d4d5d6d73ca94ab5464cd7ad7a80772d476de11c"
        "76c31af791a1cdc32953ad1db5d20dee8e6125654056a51dc5976ff78e298c9e88bc528e640cf5c9"
        "04a9f2fa4ebfe5880ac33e02b6c755e930f16e412a970cae",
    },
    {
        "SHA2-512",
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "6465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8b"
        "8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3",
        32,
        "0000100100000001c8c9cacbcccdcecfd0d1d2d3d4d5d6d709442e58e9a8e75c22790c83ef12112e"
        "4cb27c97f6e7f08ffca5d67edd394afe52f7a90e9bb96a895cbcd521a783ce64de9bc431da9e214f"
        "c9d93a2420a72393dd5dc2dd5b136f18d15cd3021a124037",
    },
    {
        "",
        "000102030405060708090a0b0c0d0e0f3c3d3e3f",
        "",
        16,
        "0000100100000001c8c9cacbcccdcecf99584911b064bffe39e74d300302865c94bc17c7e2a3fbce"
        "e6c0602ff72cae49a1779288ffa6bc14b7045216ab813966777b1b05ca38993b",
    },
    {
        "",
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f3c3d3e3f",
        "",
        16,
        "0000100100000001c8c9cacbcccdcecf67d890b4410da83f54500f30eeae652331db74d0f21077ce"
        "7b05be33522ac27c775169db44b4873063a10b456dd23443e7eea19655b4c6e5",
    },
};
