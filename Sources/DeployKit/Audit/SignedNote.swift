// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// A text with signatures, as C2SP signed-note v1 writes it: the text, a blank line, and a line
/// for each signature. The last blank line separates; the text may have others.
///
/// Beyond the specification, a note may have no signature yet, 100 signatures at the most, and
/// 64 KiB in all.
public struct SignedNote: Hashable, Sendable {
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

        init(line: String) throws(CheckpointError) {
            let parts = line.utf8.split(separator: 0x20, omittingEmptySubsequences: false)
                .map { Substring($0) }
            guard parts.count == 3, parts[0] == "\u{2014}", let blob = Base64.decode(parts[2]),
                blob.count > 4
            else { throw CheckpointError("'\(line)' is no signature line") }
            try self.init(
                name: String(parts[1]),
                keyID: Array(blob.prefix(4)),
                bytes: Array(blob.dropFirst(4))
            )
        }
    }

    /// What is signed, with the line feed at its end.
    public let text: String
    /// The signatures in order, by known keys and unknown ones.
    public internal(set) var signatures: [Signature]

    /// A note that says `text`.
    ///
    /// - Throws: ``CheckpointError`` when `text` does not end with a line feed, or has another
    ///   control character.
    public init(_ text: String, signatures: [Signature] = []) throws(CheckpointError) {
        guard text.utf8.last == 0x0A else {
            throw CheckpointError("the text of a note ends with a line feed")
        }
        guard text.utf8.allSatisfy({ $0 >= 0x20 || $0 == 0x0A }) else {
            throw CheckpointError("the note has a control character other than the line feed")
        }
        self.text = text
        self.signatures = signatures
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
    /// - Throws: ``CheckpointError`` with what is wrong.
    public init(note bytes: some Collection<UInt8>) throws(CheckpointError) {
        guard bytes.count <= 64 << 10 else {
            throw CheckpointError("the note has \(bytes.count) bytes, more than 64 KiB")
        }
        let bytes = Array(bytes)
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw CheckpointError("the note is not UTF-8")
        }
        guard bytes.last == 0x0A else { throw CheckpointError("the last line of the note is cut") }
        let blank = bytes.indices.dropFirst().last { bytes[$0] == 0x0A && bytes[$0 - 1] == 0x0A }
        guard let blank else {
            throw CheckpointError("the note has no blank line between its text and its signatures")
        }
        let lines = bytes[(blank + 1)...].split(separator: 0x0A)
        guard lines.count <= 100 else {
            throw CheckpointError("the note has \(lines.count) signatures, more than 100")
        }
        var signatures: [Signature] = []
        for line in lines {
            signatures.append(try Signature(line: String(decoding: line, as: UTF8.self)))
        }
        try self.init(String(decoding: bytes[..<blank], as: UTF8.self), signatures: signatures)
    }

    /// The note with one more signature.
    ///
    /// - Throws: ``SignatureError`` when `signer` could not sign.
    public func signed(by signer: some Signer) async throws(SignatureError) -> SignedNote {
        let bytes = try await signer.signature(over: Array(text.utf8))
        var copy = self
        do {
            copy.signatures.append(
                try Signature(name: signer.key.name, keyID: signer.key.keyID, bytes: bytes)
            )
        } catch {
            throw SignatureError(error.message, underlying: error)
        }
        return copy
    }

    /// Which of the known `keys` signed the note.
    ///
    /// Signatures of unknown keys are ignored, as C2SP signed-note orders.
    ///
    /// - Parameters:
    ///   - keys: The keys that the caller trusts.
    ///   - verifier: Decides the cryptography.
    /// - Returns: The keys with a good signature in the order of the lines, or `nil` when a known
    ///   key has a bad one: then the note as a whole is refused.
    /// - Throws: ``SignatureError`` when it could not be found out.
    public func signers(
        among keys: [NoteKey],
        verifier: some SignatureVerifier
    ) async throws(SignatureError) -> [NoteKey]? {
        var signers: [NoteKey] = []
        for signature in signatures {
            guard
                let key = keys.first(where: {
                    $0.name.utf8.elementsEqual(signature.name.utf8) && $0.keyID == signature.keyID
                })
            else { continue }
            var (message, bytes) = (Array(text.utf8), signature.bytes)
            if key.kind == .cosignature {
                guard bytes.count == 72 else { return nil }
                let time = bytes.prefix(8).reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
                message = Array("cosignature/v1\ntime \(time)\n".utf8) + message
                bytes.removeFirst(8)
            }
            guard try await verifier.accepts(bytes, over: message, by: key) else { return nil }
            if !signers.contains(key) { signers.append(key) }
        }
        return signers
    }
}
