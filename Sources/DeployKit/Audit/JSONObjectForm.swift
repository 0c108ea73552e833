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
    mutating func take(_ name: StaticString, _ text: String)
    /// Takes texts in order.
    mutating func take(_ name: StaticString, _ texts: [String])
    /// Takes a number.
    mutating func take(_ name: StaticString, _ number: Int)
    /// Takes true or false.
    mutating func take(_ name: StaticString, _ flag: Bool)
    /// Takes any value.
    mutating func take(_ name: StaticString, _ value: JSONValue)
    /// Takes a list of objects.
    mutating func take(_ name: StaticString, _ objects: [some JSONObjectForm])
}

extension JSONMembersTaking {
    /// Takes a value that may be absent.
    package mutating func take(_ name: StaticString, ifAny value: (some JSONConvertible)?) {
        if let value { take(name, value.json) }
    }

    /// Takes a text that may be absent.
    package mutating func take(_ name: StaticString, ifAny text: String?) {
        if let text { take(name, text) }
    }

    /// Takes a list unless it is empty.
    package mutating func take(_ name: StaticString, unlessEmpty values: [some JSONConvertible]) {
        if !values.isEmpty { take(name, values.json) }
    }

    /// Takes texts unless there are none.
    package mutating func take(_ name: StaticString, unlessEmpty texts: [String]) {
        if !texts.isEmpty { take(name, texts) }
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
    package var canonicalText: [UInt8] {
        var text: [UInt8] = []
        tellCanonicalText { text += $0 }
        return text
    }

    /// SHA-256 of the canonical text, which is never held as a whole.
    var canonicalDigest: Digest {
        var hasher = SHA256()
        tellCanonicalText { hasher.update($0) }
        return hasher.finalize()
    }

    /// Tells the canonical text in pieces, in order; where it is cut has no meaning.
    package func tellCanonicalText(_ take: (ArraySlice<UInt8>) -> Void) {
        withoutActuallyEscaping(take) { take in
            var text = JSONText(handingTo: take)
            text.append(self)
            text.handOver()
        }
    }
}

/// Makes a value of the members that it is told.
private struct JSONTree: JSONMembersTaking {
    var members: [JSONObject.Member] = []

    mutating func take(_ name: StaticString, _ text: String) { take(name, .string(text)) }

    mutating func take(_ name: StaticString, _ texts: [String]) { take(name, texts.json) }

    mutating func take(_ name: StaticString, _ number: Int) { take(name, number.json) }

    mutating func take(_ name: StaticString, _ flag: Bool) { take(name, flag.json) }

    mutating func take(_ name: StaticString, _ value: JSONValue) {
        members.append(.init(name: name.description, value: value))
    }

    mutating func take(_ name: StaticString, _ objects: [some JSONObjectForm]) {
        take(name, .array(objects.map(\.jsonObject)))
    }
}
