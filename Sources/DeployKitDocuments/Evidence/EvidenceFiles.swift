// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// The files of a signed sign-off, in the forms that stock tools take.
enum EvidenceFiles {
    /// `signoffs/<seq>.json` is the envelope, `.pae` what was signed, `.sig` the signature: armoured
    /// for `ssh-keygen -Y verify`, raw for `openssl pkeyutl -verify`.
    static func files(
        of proof: SignOffProof,
        at position: Int
    ) throws -> [(path: String, bytes: [UInt8])] {
        let base = "signoffs/\(position)"
        let signature = proof.envelope.signatures.first?.bytes ?? []
        return [
            ("\(base).json", proof.envelope.json.canonicalBytes + [0x0A]),
            ("\(base).pae", SignedStatement.preAuthentication(of: proof.envelope.payload)),
            (
                "\(base).sig",
                proof.statement.assurance == .sshKey
                    ? Array(try SSHSignature(blob: signature).armored.utf8) : signature
            ),
        ]
    }

    /// The SSH keys of the people as OpenSSH takes them, with a warning.
    static func allowedSigners(_ directory: Directory) throws -> [UInt8] {
        let lead = """
            # What the log itself held to be the keys of its people when this was made. It proves
            # nothing about them: take the file from those who know the people.

            """
        let signers = try [SignOffStatement.namespace, DirectoryStatement.namespace].map {
            try directory.allowedSigners(for: $0).text
        }
        return Array((lead + signers.joined()).utf8)
    }
}
