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
        // One line that names another network speaks for every ID beside it: of many IDs nobody can
        // tell by their text where they are.
        for variable in reading.variables {
            guard let reason = variable.foreignNetwork(in: environment) else { continue }
            refuse(file, line: variable.line, "\(variable.name) \(reason): the file is for another")
        }
        var seen: [String: String] = [:]
        for variable in reading.variables {
            let prefix = EnvironmentFile.buildTimePrefix(of: variable.name) ?? ""
            let name = String(variable.name.dropFirst(prefix.count))
            guard Self.endings.contains(where: name.hasSuffix) || name == "CONTRACT_ID" else {
                // Most values are none, which is no fault.
                if (try? ContractID(variable.value, in: environment)) != nil {
                    leave(
                        file,
                        line: variable.line,
                        "\(variable.name) may hold a contract ID, but its name does not end with "
                            + "\(Self.endings.joined(separator: ", ")); 'contract record' takes it"
                    )
                }
                continue
            }
            if variable.promisesOtherTier(than: environment) {
                leave(
                    file,
                    line: variable.line,
                    "\(variable.name) is by its name of another network than \(environment.name) "
                        + "uses; it is left"
                )
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
