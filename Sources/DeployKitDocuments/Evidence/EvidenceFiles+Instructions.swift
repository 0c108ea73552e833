// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension EvidenceFiles {
    /// `VERIFY.txt`.
    static let instructions = """
        What this folder proves, and how to check it without DeployKit

        entries.jsonl holds every entry of a log, in order and without a gap. Each line carries the
        exact bytes of the entry's header and body; of entries that the query in manifest.json leaves
        out, the header alone. SHA-256 over a zero byte and the header is a leaf of the Merkle tree of
        RFC 6962, whose root stands in the file checkpoint. Each header carries the digest of the salt
        and the body. Attachments (free text, output, evidence) are referred to by the digest of their
        salt and bytes, and stand in attachments.jsonl unless they were erased.

        1. The files are those of the manifest. In this folder:
             sha256sum -c manifest.sha256
             python3 -c 'import hashlib,json
        for f in json.load(open("manifest.json"))["files"]:
            print(hashlib.sha256(open(f["path"],"rb").read()).hexdigest()==f["sha256"], f["path"])'
        2. The entries have the root of the checkpoint, every body is the one that was logged, and
           every signature is good:
             python3 verify_bundle.py . --allowed-signers YOURS --key LOGKEY
           Take verify_bundle.py and verify_proofs.py from the DeployKit sources, not from whoever
           gave you this folder: a verifier inside the evidence would prove nothing. Take YOURS, an
           allowed_signers file of OpenSSH, from those who know the people; the file allowed_signers
           here only says what the log itself held to be true.
        3. The checkpoint is the one that somebody else kept, or continues it. A checkpoint that is
           seen only here proves that the folder fits together, not that it is the only history.
           A receipt that a signer kept tells whether that sign-off stands here:
             python3 verify_proofs.py receipt FILE.tlog-proof --entries entries.jsonl --key KEY
           The file consistency, where there is one, proves that the log continues the period before.
        4. One sign-off by hand: NNN is its position (seq in signoffs.csv), WHO its person, WHEN its
           moment as YYYYMMDDHHMMSSZ:
             ssh-keygen -Y verify -f YOURS -I WHO -n sign-off@deploykit -s signoffs/NNN.sig \\
               -Overify-time=WHEN < signoffs/NNN.pae
           For a service, whose key is 32 bytes of Ed25519 in the people's entry:
             openssl pkeyutl -verify -pubin -inkey PUB.pem -rawin -in signoffs/NNN.pae \\
               -sigfile signoffs/NNN.sig
           signoffs/NNN.json is the same as a DSSE envelope, which in-toto's tools read; those know
           no SSH signatures, and verify the ones of services only.
        5. UNSIGNED in signoffs.csv means that nothing but the record says who signed. The table is
           derived: seq and leafHash lead to the entry, which is the evidence. verify_bundle.py
           derives it anew, and lists after "not checked:" what it leaves to you. report.html is
           derived too, for people to read.

        It proves what was logged. It cannot prove what was never told to the log.

        """
}
