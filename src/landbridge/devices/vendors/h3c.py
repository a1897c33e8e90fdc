"""H3C routers with Comware 5: commands of the command line.

Sources: H3C's and HP's command references for Comware V5 (MSR series), "IPsec", "NQA", "Track",
"BGP", and a published configuration of an MSR800 towards another cloud. SHA-2 came with later
releases of V5, and is left out; so is the Don't Fragment bit, for which V5 has no command.
"""

from landbridge.devices.device import Device, Vocabulary, Words

DEVICES = (
    Device(
        id="670add1b",
        vendor="H3C",
        platform="MSR800",
        software="Version 5.20",
        template="h3c/comware.j2",
        comment="# ",
        ike={
            "ikev1": Vocabulary(
                phase1=Words(
                    encryption={"AES128": "aes-cbc 128", "AES256": "aes-cbc 256"},
                    integrity={"SHA1": "sha"},
                    groups={2: "group2", 14: "group14"},
                ),
                phase2=Words(
                    encryption={"AES128": "aes-cbc-128", "AES256": "aes-cbc-256"},
                    integrity={"SHA1": "sha1"},
                    groups={2: "dh-group2", 5: "dh-group5", 14: "dh-group14"},
                ),
            )
        },
    ),
)
