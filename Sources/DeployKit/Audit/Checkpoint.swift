// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// A head of the log as a text that others can keep and sign: C2SP tlog-checkpoint v1 in a C2SP
/// signed note.
///
///     payments.0123456789abcdef
///     8
///     XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=
///
///     — payments.0123456789abcdef hnDQbVgD…
///
/// Three lines (origin, size, base64 of the root), a blank line, and a line for each signature.
/// Without signatures the text ends with the blank line. There are no extension lines; a later
/// version may add some, and this one refuses them.
public struct Checkpoint: Hashable, Sendable {
    /// A signature by one key.
    public struct Signature: Hashable, Sendable {
        /// The name of the key: no white space, no `+`, not empty.
        public let name: String
        /// The first four bytes of the hash of the key's name, type and content.
        public let keyID: [UInt8]
        /// What the key made, in the form of its type.
        public let bytes: [UInt8]

        /// A signature of these parts.
        ///
        /// - Throws: ``CheckpointError`` when `name` or the length of `keyID` is not allowed.
        public init(name: String, keyID: [UInt8], bytes: [UInt8]) throws(CheckpointError) {
            guard Self.isName(name), keyID.count == 4, !bytes.isEmpty else {
                throw CheckpointError("a signature line of '\(name)' is malformed")
            }
            self.name = name
            self.keyID = keyID
            self.bytes = bytes
        }

        static func isName(_ text: String) -> Bool {
            !text.isEmpty
                && text.unicodeScalars.allSatisfy {
                    !$0.properties.isWhitespace && $0 != "+" && $0.value >= 0x20
                }
        }
    }

    /// What the checkpoint says.
    public let head: LogHead
    /// The signatures in order, known keys and unknown ones.
    public var signatures: [Signature]

    /// A checkpoint of `head`.
    ///
    /// - Throws: ``CheckpointError`` when the origin cannot stand on a line of its own, or the
    ///   size is below zero.
    public init(_ head: LogHead, signatures: [Signature] = []) throws(CheckpointError) {
        guard !head.origin.isEmpty, head.origin.utf8.allSatisfy({ $0 >= 0x20 }), head.size >= 0
        else { throw CheckpointError("'\(head.origin)' cannot be the origin of a checkpoint") }
        self.head = head
        self.signatures = signatures
    }

    /// What is signed: the three lines, each with its line feed.
    public var text: String {
        "\(head.origin)\n\(head.size)\n\(Base64.encode(head.root.bytes))\n"
    }

    /// The whole note: the text, a blank line, and the signature lines.
    public var note: String {
        signatures.reduce("\(text)\n") { note, signature in
            let blob = Base64.encode(signature.keyID + signature.bytes)
            return note + "\u{2014} \(signature.name) \(blob)\n"
        }
    }

    /// Reads a note, exactly as ``note`` writes it.
    ///
    /// - Parameter bytes: The note: 64 KiB and 100 signatures at the most.
    /// - Throws: ``CheckpointError`` with the line that is wrong.
    public init(note bytes: some Collection<UInt8>) throws(CheckpointError) {
        guard bytes.count <= 64 << 10 else {
            throw CheckpointError("the note has \(bytes.count) bytes, more than 64 KiB")
        }
        guard let note = String(validating: bytes, as: UTF8.self) else {
            throw CheckpointError("the note is not UTF-8")
        }
        guard note.utf8.allSatisfy({ $0 >= 0x20 || $0 == 0x0A }) else {
            throw CheckpointError("the note has a control character other than the line feed")
        }
        // Split by bytes: a line feed never melts with its neighbours there.
        let lines = note.utf8.split(separator: 0x0A, omittingEmptySubsequences: false)
            .map { Substring($0) }
        guard lines.count >= 5, lines[3].isEmpty, lines.last?.isEmpty == true else {
            throw CheckpointError("a note has three lines, a blank one and signature lines")
        }
        guard let size = Int(lines[1]), String(size).utf8.elementsEqual(lines[1].utf8), size >= 0
        else { throw CheckpointError("line 2: '\(lines[1])' is no number of entries") }
        guard let root = Base64.decode(lines[2]).flatMap({ Digest(bytes: $0) }) else {
            throw CheckpointError("line 3: '\(lines[2])' is no base64 of 32 bytes")
        }
        let signatureLines = lines[4..<(lines.count - 1)]
        guard signatureLines.count <= 100 else {
            throw CheckpointError("the note has \(signatureLines.count) signatures, more than 100")
        }
        var signatures: [Signature] = []
        for (index, line) in zip(signatureLines.indices, signatureLines) {
            let parts = line.utf8.split(separator: 0x20, omittingEmptySubsequences: false)
                .map { Substring($0) }
            guard parts.count == 3, parts[0] == "\u{2014}", let blob = Base64.decode(parts[2]),
                blob.count > 4
            else { throw CheckpointError("line \(index + 1) is no signature line") }
            signatures.append(
                try Signature(
                    name: String(parts[1]),
                    keyID: Array(blob.prefix(4)),
                    bytes: Array(blob.dropFirst(4))
                )
            )
        }
        try self.init(
            LogHead(origin: String(lines[0]), size: size, root: root),
            signatures: signatures
        )
    }
}

/// Why a checkpoint, a key of one or a proof file was refused.
public struct CheckpointError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was found and what was expected.
    public let message: String

    /// A refusal with its sentence.
    public init(_ message: String) {
        self.message = message
    }

    /// A stable code, `checkpoint-malformed`, and the message.
    public var description: String { "checkpoint-malformed: \(message)" }
}
