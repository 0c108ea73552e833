// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Why a registry refuses to do what was asked.
public struct ContractRegistryError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of refusal.
    @nonexhaustive
    public enum Code: String, Hashable, Sendable, CaseIterable {
        /// The registry or record is another environment's.
        case environment = "contract-environment"
        /// The environment does not list the network.
        case network = "contract-network"
        /// The ID has another form than the slot.
        case kind = "contract-kind"
        /// Nothing protects the text of the ID, and the environment is production.
        case unprotected = "contract-unprotected"
        /// A Stellar ID is recorded under another network already: one of the two is wrong.
        case otherNetwork = "contract-other-network"
        /// The same attempt recorded another ID for the slot.
        case conflict = "contract-conflict"
        /// The record was superseded: restoring it is a decision of its own.
        case superseded = "contract-superseded"
        /// The record was revoked.
        case revoked = "contract-revoked"
        /// The network was reset since.
        case orphaned = "contract-orphaned"
        /// The ID is in use in another slot or environment already.
        case elsewhere = "contract-elsewhere"
        /// The slot has another ID already, which nobody said to replace.
        case occupied = "contract-occupied"
        /// The ID is not what deployer and salt give.
        case derivation = "contract-derivation"
        /// The name of an instance has another form.
        case instance = "contract-instance"
        /// The registry never was in the state that is asked for.
        case noSnapshot = "contract-no-snapshot"
        /// No record has this number.
        case unknown = "contract-unknown"
        /// Required slots have no active record.
        case missing = "contract-missing"
        /// An event does not fit the ones before it.
        case history = "contract-history"
    }

    /// What kind of refusal it is.
    public let code: Code
    /// What was found and what was expected.
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The code and the sentence.
    public var description: String { "\(code.rawValue): \(message)" }
}
