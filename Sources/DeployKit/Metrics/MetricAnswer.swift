// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// An answer as it came.
public struct MetricAnswer: Hashable, Sendable {
    /// The bytes.
    public let bytes: [UInt8]
    /// What kind of document it says it is.
    public let mediaType: String?
    /// The HTTP status, or `nil` for a command.
    public let status: Int?

    /// An answer.
    public init(bytes: [UInt8], mediaType: String? = nil, status: Int? = nil) {
        self.bytes = bytes
        self.mediaType = mediaType
        self.status = status
    }
}
