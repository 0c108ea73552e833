// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension ContractRecord.Status {
    /// The word for the state.
    public var word: String {
        switch self {
        case .recorded: "recorded"
        case .active: "active"
        case .superseded: "superseded"
        case .revoked: "revoked"
        case .orphaned: "orphaned"
        }
    }
}

extension ContractRecord.Provenance {
    /// The words for where an ID came from.
    public var word: String {
        switch self {
        case .standardOutput: "stdout"
        case .jsonPointer(let pointer): "stdout#\(pointer)"
        case .file(let path): path
        case .manual: "manual"
        case .imported(let format, let source):
            source.map { "\(format) \($0.path) sha256:\($0.digest.hex)" } ?? format
        }
    }
}
