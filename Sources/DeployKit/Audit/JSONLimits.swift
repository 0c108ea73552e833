// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// How large a JSON value may be; what exceeds a limit is refused with code `limit`.
public struct JSONLimits: Hashable, Sendable {
    /// How many arrays and objects may stand within each other.
    public let depth: Int
    /// How many UTF-8 bytes one string may have.
    public let stringBytes: Int
    /// How many elements of arrays and members of objects there may be in all.
    public let members: Int
    /// How many bytes the text may have.
    public let totalBytes: Int

    /// Limits of these sizes.
    public init(depth: Int, stringBytes: Int, members: Int, totalBytes: Int) {
        self.depth = depth
        self.stringBytes = stringBytes
        self.members = members
        self.totalBytes = totalBytes
    }

    /// For a record of the log: depth 32, strings of 64 KiB, 10,000 members, 1 MiB.
    public static let record = Self(
        depth: 32,
        stringBytes: 64 << 10,
        members: 10_000,
        totalBytes: 1 << 20
    )

    /// For a definition, which is kept as a blob: depth 32, strings of 1 MiB, 1,000,000 members,
    /// 16 MiB.
    public static let definition = Self(
        depth: 32,
        stringBytes: 1 << 20,
        members: 1_000_000,
        totalBytes: 16 << 20
    )
}
