// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension ContractImport {
    /// `{"ids": {"<passphrase>": "C…"}}`, in a file that is named after the alias.
    ///
    /// stellar-cli takes a damaged file for an empty one and loses what stood in it with the next
    /// write; here it is refused. An alias `native` is refused too: older versions point it to the
    /// native asset, whatever stands in the file.
    mutating func readStellarAlias(_ file: ForeignFile, _ environment: Environment) {
        guard let json = json(of: file) else { return }
        guard let ids = json["ids"]?.members else {
            return refuse(file, "it is no alias file: an object with 'ids' is expected")
        }
        let name = file.stem
        if name == "native" {
            return refuse(
                file,
                "the alias 'native' may stand for the native asset, whatever the file says; "
                    + "give the contract another name"
            )
        }
        for member in ids {
            let fingerprint = Network.stellarFingerprint(ofPassphrase: member.name)
            let network = environment.networks.first {
                $0.family == .stellar && $0.fingerprint == fingerprint
            }
            guard let network else {
                let known = Network.known.first { $0.fingerprint == fingerprint }
                leave(
                    file,
                    line: member.line,
                    "'\(name)' on \(known?.id.text ?? "a network with another passphrase") is left: "
                        + "\(environment.name) does not use it"
                )
                continue
            }
            guard let text = member.value.string else {
                refuse(file, line: member.line, "the ID of '\(name)' is no string")
                continue
            }
            do {
                take(name, try ContractID(text, on: network), from: file, .stellarAlias)
            } catch {
                refuse(file, line: member.line, error.message)
            }
        }
    }
}
