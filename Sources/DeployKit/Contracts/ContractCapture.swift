// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Where a contract's ID stands after a command that deployed the contract exited 0, and what is
/// known of the ID beforehand.
public struct ContractCapture: Hashable, Sendable {
    /// What holds the ID.
    @nonexhaustive
    public enum Source: Hashable, Sendable {
        /// The standard output: the only ID that stands in it.
        case standardOutput
        /// The standard output is JSON: the string that a pointer (RFC 6901) names.
        case jsonPointer(String)
        /// A file that the command writes, relative to its working directory: the only ID in it, or
        /// the string that a pointer names where the file is JSON.
        case file(String, pointer: String?)
    }

    /// What holds the ID.
    public let source: Source
    /// What the ID will be derived from, where deployer and salt are known beforehand.
    public let derivation: ContractID.Derivation?

    /// A capture from `source`.
    public init(
        from source: Source = .standardOutput,
        derivation: ContractID.Derivation? = nil
    ) {
        self.source = source
        self.derivation = derivation
    }

    /// Reads the words of a declaration: `stdout`, `stdout#/pointer`, `path`, `path#/pointer`.
    ///
    /// - Returns: `nil` for a text that is none of these; a path does not lead out of the folder.
    public static func source(_ text: String) -> Source? {
        let parts = text.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        let pointer = parts.count == 2 ? String(parts[1]) : nil
        if let pointer, pointer.isEmpty || !ToolJSON.isPointer(pointer) { return nil }
        let place = String(parts[0])
        if place == "stdout" { return pointer.map { .jsonPointer($0) } ?? .standardOutput }
        let steps = place.split(separator: "/", omittingEmptySubsequences: false)
        guard !place.isEmpty, steps.allSatisfy({ !$0.isEmpty && $0 != ".." }) else { return nil }
        return .file(place, pointer: pointer)
    }

    /// The ID that the deployment will have, or `nil` when that is not known beforehand.
    ///
    /// - Throws: ``ContractIDError`` when the derivation is none of this network.
    public func expected(on network: Network) throws(ContractIDError) -> ContractID? {
        guard let derivation else { return nil }
        return try ContractID(derivedFrom: derivation, on: network)
    }

    /// Takes the ID out of what the command left behind.
    ///
    /// - Parameters:
    ///   - text: The standard output, or the content of the file; without the standard error.
    ///   - network: The network that the contract was deployed to.
    /// - Returns: The ID; where ``derivation`` is known, the one that it gives.
    /// - Throws: ``ContractIDError``: see ``ContractID/theOnlyOne(in:on:)``; `otherNetwork` or
    ///   `derivation` for an ID that is not the expected one.
    public func id(in text: String, on network: Network) throws(ContractIDError) -> ContractID {
        let id: ContractID
        switch source {
        case .standardOutput, .file(_, pointer: nil):
            id = try ContractID.theOnlyOne(in: text, on: network)
        case .jsonPointer(let pointer), .file(_, pointer: let pointer?):
            id = try ContractID(try Self.string(at: pointer, in: text, network), on: network)
        }
        if let derivation { try id.check(derivedFrom: derivation, on: network) }
        return id
    }

    private static func string(
        at pointer: String,
        in text: String,
        _ network: Network
    ) throws(ContractIDError) -> String {
        let json: ToolJSON
        do {
            json = try ToolJSON(Array(text.utf8))
        } catch {
            throw ContractIDError(.none, on: network, "there is no JSON: \(error.message)")
        }
        guard let value = json.value(at: pointer) else {
            throw ContractIDError(.none, on: network, "the JSON has nothing at '\(pointer)'")
        }
        guard let string = value.string else {
            throw ContractIDError(.none, on: network, "at '\(pointer)' stands no string")
        }
        return string
    }
}

extension ContractCapture.Source {
    /// How a record says where its ID came from.
    public var provenance: ContractRecord.Provenance {
        switch self {
        case .standardOutput: .standardOutput
        case .jsonPointer(let pointer): .jsonPointer(pointer)
        case .file(let path, let pointer): .file(pointer.map { "\(path)#\($0)" } ?? path)
        }
    }

    /// The words that ``ContractCapture/source(_:)`` reads.
    public var text: String {
        switch self {
        case .standardOutput: "stdout"
        case .jsonPointer(let pointer): "stdout#\(pointer)"
        case .file(let path, let pointer): pointer.map { "\(path)#\($0)" } ?? path
        }
    }
}

extension ContractCapture: JSONConvertible {
    /// An object with `source`, the words of a declaration, and `derivation` where there is one.
    public var json: JSONValue {
        .members(["source": source.text.json, "derivation": derivation?.json])
    }

    /// Reads the object.
    ///
    /// - Throws: ``JSONError`` when a member is wrong.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        let text: String = try members.required("source")
        derivation = try members.optional("derivation")
        try members.finish()
        guard let source = Self.source(text) else {
            throw JSONError(.value, "'\(text)' is no place of a contract ID", path: ["source"])
        }
        self.source = source
    }
}
