// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// A value that a command leaves for later items, under the name of a variable.
public struct ItemOutput: Hashable, Sendable {
    /// The most bytes a value may have.
    public static let largestValue = 65_536

    /// The name: that of the variable by which later commands get the value.
    public let name: String
    /// Where the value is found. A whole text must be one line, besides empty ones.
    public let source: ContractCapture.Source

    /// A value of a name.
    ///
    /// - Returns: `nil` when `name` is no name of an environment variable (letters, digits and
    ///   `_`, no digit first), or one of those that a runner sets itself.
    public init?(_ name: String, from source: ContractCapture.Source = .standardOutput) {
        guard Self.isName(name) else { return nil }
        self.name = name
        self.source = source
    }

    private static func isName(_ name: String) -> Bool {
        let reserved = ["PATH", "HOME", "USER", "LANG", "TZ", "TMPDIR"]
        guard let first = name.utf8.first, !(0x30...0x39).contains(first), name.utf8.count <= 128,
            !reserved.contains(name), !name.hasPrefix("LC_"), !name.hasPrefix("DEPLOYKIT_")
        else { return false }
        return name.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
                || (0x61...0x7A).contains(byte) || byte == 0x5F
        }
    }

    /// Why a text holds no value.
    public struct Failure: Error, Hashable, Sendable {
        /// What was found, and what was expected; never the text itself.
        public let message: String
    }

    /// The value in what the command said, or wrote into its file.
    ///
    /// - Throws: Failure`` when there is none, there are several, or it may not be kept: it holds
    ///   a secret, or is too long.
    public func value(in text: String) throws(Failure) -> String {
        let value: String
        let place = source.text
        if let pointer = source.pointer {
            guard let document = try? ToolJSON(text.utf8) else {
                throw Failure(message: "\(place) is no JSON, and '\(name)' is to be found in it")
            }
            switch document.value(at: pointer) {
            case .string(let found), .number(let found): value = found
            default: throw Failure(message: "\(place) gives no text and no number")
            }
        } else {
            let lines = text.split(whereSeparator: \.isNewline).map(\.trimmed)
                .filter { !$0.isEmpty }
            guard let only = lines.first, lines.count == 1 else {
                throw Failure(
                    message: "\(place) has \(lines.count) lines that could be '\(name)', not 1"
                )
            }
            value = only
        }
        guard value.utf8.count <= Self.largestValue, !value.utf8.contains(0) else {
            throw Failure(
                message: "'\(name)' has \(value.utf8.count) bytes, or a NUL among them; "
                    + "\(Self.largestValue) are kept at the most"
            )
        }
        guard !value.contains("[redacted:") else {
            throw Failure(message: "'\(name)' holds a secret, and no secret is kept")
        }
        do throws(Refusal) {
            try TypedText.check([value])
        } catch {
            throw Failure(message: "'\(name)' looks like a secret, and no secret is kept")
        }
        return value
    }
}

extension ItemOutput: JSONConvertible {
    /// An object with `name` and, unless it is the standard output, `source`.
    public var json: JSONValue {
        .members([
            "name": name.json, "source": source == .standardOutput ? nil : source.text.json,
        ])
    }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when a member is wrong.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        let name: String = try members.required("name")
        let text: String? = try members.optional("source")
        try members.finish()
        guard let source = text.map(ContractCapture.source) ?? .standardOutput else {
            throw JSONError(.value, "'\(text ?? "")' is no place of a value", path: ["source"])
        }
        guard let output = ItemOutput(name, from: source) else {
            throw JSONError(.value, "'\(name)' is no name of a variable for it", path: ["name"])
        }
        self = output
    }
}

extension ContractCapture.Source {
    /// The pointer into the JSON, where it is one.
    var pointer: String? {
        switch self {
        case .standardOutput: nil
        case .jsonPointer(let pointer): pointer
        case .file(_, let pointer): pointer
        }
    }
}
