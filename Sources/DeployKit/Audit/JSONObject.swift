// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// The members of a JSON object: each name once, in the order of the names' UTF-8 bytes, which is
/// the canonical one.
///
/// An object of the log has a handful of members. An array in order is read, written and compared
/// faster than a dictionary of that size, and needs no sorting before it is written.
public struct JSONObject: Hashable, Sendable {
    /// A member.
    public struct Member: Hashable, Sendable {
        /// The name.
        public let name: String
        /// The value.
        public var value: JSONValue
    }

    private var members: [Member]

    /// An object without members.
    public init() {
        members = []
    }

    /// Takes members that are in the order of their names' bytes already, each name once.
    init(inOrder members: [Member]) {
        self.members = members
    }

    /// The value of the member with this name, or `nil` where there is none; setting `nil` removes
    /// the member.
    public subscript(name: String) -> JSONValue? {
        get { index(of: name).map { members[$0].value } }
        set {
            switch (index(of: name), newValue) {
            case (let index?, let value?): members[index].value = value
            case (let index?, nil): members.remove(at: index)
            case (nil, let value?):
                members.insert(Member(name: name, value: value), at: place(of: name))
            case (nil, nil): break
            }
        }
    }

    /// Removes the member with this name.
    ///
    /// - Returns: Its value, or `nil` where there is none.
    public mutating func removeValue(named name: String) -> JSONValue? {
        index(of: name).map { members.remove(at: $0).value }
    }

    private func index(of name: String) -> Int? {
        if members.count <= 16 {
            return members.firstIndex { $0.name.hasSameBytes(as: name) }
        }
        let place = place(of: name)
        return place < members.count && members[place].name.hasSameBytes(as: name) ? place : nil
    }

    /// Where a member with this name stands, or would.
    private func place(of name: String) -> Int {
        var (low, high) = (0, members.count)
        while low < high {
            let middle = (low + high) / 2
            if members[middle].name.precedesByBytes(name) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }
}

extension JSONObject: RandomAccessCollection {
    /// The position of the first member, 0.
    public var startIndex: Int { 0 }
    /// The position after the last member.
    public var endIndex: Int { members.count }
    /// The member at a position.
    public subscript(position: Int) -> Member { members[position] }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    /// Takes members in any order; of a name that stands there twice, the last value.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self.init()
        for (name, value) in elements { self[name] = value }
    }
}
