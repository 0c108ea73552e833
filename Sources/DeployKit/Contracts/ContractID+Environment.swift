// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension ContractID {
    /// Reads the ID of a contract on the only network of an environment whose IDs have its form.
    ///
    /// - Throws: ``ContractIDError``: `several` when it may be of two networks, otherwise the most
    ///   telling of the refusals; ``NetworkError``, code `unknown`, when the environment lists none.
    public init(_ text: String, in environment: Environment) throws {
        var found: [ContractID] = []
        var refusals: [ContractIDError] = []
        for network in environment.networks {
            do throws(ContractIDError) {
                found.append(try ContractID(text, on: network))
            } catch {
                refusals.append(error)
            }
        }
        if let id = found.first {
            guard found.count > 1 else {
                self = id
                return
            }
            let names = found.map(\.network.text).joined(separator: " or ")
            throw ContractIDError(
                .several,
                on: environment.networks[0],
                "it may be of \(names): name the network"
            )
        }
        // That it is of another family says the least.
        let telling = refusals.first { $0.code != .otherFamily && $0.code != .malformed }
        guard let refusal = telling ?? refusals.first else {
            throw NetworkError(
                .unknown,
                "\(environment.name) lists no network; declare them in the project file"
            )
        }
        throw refusal
    }
}
