// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// A value whose JSON form is an object, told member by member.
///
/// The members are told once, in the order of their names' bytes, and become either a
/// ``JSONValue`` or canonical text. A long list then is written without a tree of values, which
/// would take several times as long as the text.
package protocol JSONObjectForm {
    /// Tells the members that are there, in the order of their names' bytes.
    func tell(_ members: inout some JSONMembersTaking)
}

/// Takes the members of one object in the order of their names' bytes.
package protocol JSONMembersTaking {
    /// Takes a text.
    mutating func take(_ name: String, _ text: String)
    /// Takes texts in order.
    mutating func take(_ name: String, _ texts: [String])
    /// Takes any value.
    mutating func take(_ name: String, _ value: JSONValue)
    /// Takes a list of objects.
    mutating func take(_ name: String, _ objects: [some JSONObjectForm])
}

extension JSONMembersTaking {
    /// Takes a value that may be absent.
    package mutating func take(_ name: String, ifAny value: (some JSONConvertible)?) {
        if let value { take(name, value.json) }
    }

    /// Takes a text that may be absent.
    package mutating func take(_ name: String, ifAny text: String?) {
        if let text { take(name, text) }
    }

    /// Takes a list unless it is empty.
    package mutating func take(_ name: String, unlessEmpty values: [some JSONConvertible]) {
        if !values.isEmpty { take(name, values.json) }
    }
}

extension JSONObjectForm {
    /// The object as a value.
    package var jsonObject: JSONValue {
        var tree = JSONTree()
        tell(&tree)
        return .object(JSONObject(inOrder: tree.members))
    }

    /// The canonical text, the same as that of the value.
    package var canonicalText: [UInt8] { canonicalText(likelyCount: 512) }

    /// SHA-256 of the canonical text, which is never held as a whole.
    var canonicalDigest: Digest {
        var text = JSONText(likelyCount: JSONText.longestPiece + 4096, hasher: SHA256())
        text.append(self)
        return text.digest
    }

    /// The canonical text, for which room is made at once when the guess is right.
    package func canonicalText(likelyCount: Int) -> [UInt8] {
        var text = JSONText(likelyCount: likelyCount)
        text.append(self)
        return text.bytes
    }
}

/// Makes a value of the members that it is told.
private struct JSONTree: JSONMembersTaking {
    var members: [JSONObject.Member] = []

    mutating func take(_ name: String, _ text: String) { take(name, .string(text)) }

    mutating func take(_ name: String, _ texts: [String]) { take(name, texts.json) }

    mutating func take(_ name: String, _ value: JSONValue) {
        members.append(.init(name: name, value: value))
    }

    mutating func take(_ name: String, _ objects: [some JSONObjectForm]) {
        take(name, .array(objects.map(\.jsonObject)))
    }
}

/// Canonical JSON text that grows at its end.
package struct JSONText: JSONMembersTaking {
    /// After about as many bytes a hasher takes what was written.
    fileprivate static let longestPiece = 1 << 16

    /// What was written, and not taken by the hasher.
    package private(set) var bytes: [UInt8] = []
    /// Takes the text piece by piece where nothing but its digest is asked for.
    private var hasher: SHA256?
    /// Whether nothing stands yet in the object that is being written.
    private var isFirst = true

    /// No text, with room for as many bytes.
    package init(likelyCount: Int) { self.init(likelyCount: likelyCount, hasher: nil) }

    fileprivate init(likelyCount: Int, hasher: SHA256?) {
        self.hasher = hasher
        bytes.reserveCapacity(likelyCount)
    }

    /// The digest of everything that was written.
    fileprivate var digest: Digest {
        var hasher = hasher ?? SHA256()
        hasher.update(bytes)
        return hasher.finalize()
    }

    /// Writes an object.
    package mutating func append(_ object: some JSONObjectForm) {
        let outer = isFirst
        isFirst = true
        bytes.append(UInt8(ascii: "{"))
        object.tell(&self)
        bytes.append(UInt8(ascii: "}"))
        isFirst = outer
        if hasher != nil, bytes.count >= Self.longestPiece {
            hasher?.update(bytes)
            bytes.removeAll(keepingCapacity: true)
        }
    }

    /// Takes a text.
    package mutating func take(_ name: String, _ text: String) {
        begin(name)
        JSONValue.append(text, to: &bytes)
    }

    /// Takes texts in order.
    package mutating func take(_ name: String, _ texts: [String]) {
        begin(name)
        bytes.append(UInt8(ascii: "["))
        for position in texts.indices {
            if position > 0 { bytes.append(UInt8(ascii: ",")) }
            JSONValue.append(texts[position], to: &bytes)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    /// Takes any value.
    package mutating func take(_ name: String, _ value: JSONValue) {
        begin(name)
        value.append(to: &bytes)
    }

    /// Takes a list of objects.
    package mutating func take(_ name: String, _ objects: [some JSONObjectForm]) {
        begin(name)
        bytes.append(UInt8(ascii: "["))
        for position in objects.indices {
            if position > 0 { bytes.append(UInt8(ascii: ",")) }
            append(objects[position])
        }
        bytes.append(UInt8(ascii: "]"))
    }

    private mutating func begin(_ name: String) {
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        isFirst = false
        bytes.append(UInt8(ascii: "\""))
        let isDone: Void? = unsafe name.utf8.withContiguousStorageIfAvailable { utf8 in
            unsafe bytes.append(contentsOf: utf8)
        }
        if isDone == nil { bytes.append(contentsOf: name.utf8) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
    }
}
