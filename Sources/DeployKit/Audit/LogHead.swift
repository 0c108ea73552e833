// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// What one moment of a log commits to: everything that was appended until then.
///
/// Two heads of one origin and size with different roots prove that the log was rewritten.
public struct LogHead: Hashable, Sendable {
    /// The name of the log, unique in the world.
    public let origin: String
    /// How many entries the log had.
    public let size: Int
    /// The root of the tree over them.
    public let root: Digest

    /// A head of these parts.
    public init(origin: String, size: Int, root: Digest) {
        self.origin = origin
        self.size = size
        self.root = root
    }
}

extension LogHead: JSONConvertible {
    /// `{"origin":…,"rootHash":…,"size":…}`, the root in lowercase hexadecimal digits.
    public var json: JSONValue {
        .members(["origin": .string(origin), "rootHash": root.json, "size": size.json])
    }

    /// Reads the same three members.
    ///
    /// - Throws: ``JSONError`` when one is missing or wrong, or there is another.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        origin = try members.required("origin")
        root = try members.required("rootHash")
        size = try members.required("size")
        try members.finish()
        guard size >= 0 else { throw JSONError(.value, "a size is below zero", path: ["size"]) }
    }
}
