// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension ContractImport {
    private static let endings = ["_CONTRACT_ID", "_CONTRACT_ADDRESS", "_CONTRACT"]

    /// The variables whose names are those of contracts; the others are nobody's business here.
    mutating func readEnvironmentFile(_ file: ForeignFile, _ environment: Environment) {
        guard let text = String(validating: file.bytes, as: UTF8.self) else {
            return refuse(file, "it is not UTF-8")
        }
        let reading = EnvironmentFile.read(text)
        for finding in reading.findings where finding.rule == .notPortable {
            leave(file, line: finding.line, "programs read this line differently; it is left")
        }
        var seen: [String: String] = [:]
        for variable in reading.variables {
            let prefix = EnvironmentFile.buildTimePrefix(of: variable.name) ?? ""
            let name = String(variable.name.dropFirst(prefix.count))
            guard Self.endings.contains(where: name.hasSuffix) || name == "CONTRACT_ID" else {
                continue
            }
            if let earlier = seen[name] {
                if earlier != variable.value {
                    refuse(file, line: variable.line, "\(name) stands twice, with two values")
                }
                continue
            }
            seen[name] = variable.value
            do {
                let id = try ContractID(variable.value, in: environment)
                take(name, id, from: file, .environmentFile)
            } catch {
                let reason =
                    (error as? ContractIDError)?.message ?? (error as? NetworkError)?.message
                refuse(
                    file,
                    line: variable.line,
                    "\(variable.name): \(reason ?? "it cannot be read")"
                )
            }
        }
    }
}
