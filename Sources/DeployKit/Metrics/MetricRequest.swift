// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Something that is asked for measurements.
@nonexhaustive
public enum MetricRequest: Hashable, Sendable {
    /// An HTTP GET; `accept` is the media type that is asked for. The address stands in the log with
    /// the measurement, without what identifies the one who asks: see ``source``.
    case page(url: String, accept: String)
    /// A command, whose standard output is the answer when it exits with 0.
    case command(ItemCommand)

    /// What the log says of where the answer comes from: an address without user, password and
    /// query, or the command's text.
    public var source: String {
        switch self {
        case .command(let command): command.text
        case .page(let url, _):
            String(url.prefix { $0 != "?" && $0 != "#" }).withoutUser
        }
    }
}

extension String {
    /// The address without what stands before `@` in its authority.
    fileprivate var withoutUser: String {
        guard let scheme = firstRange(of: "://") else { return self }
        let rest = self[scheme.upperBound...]
        let end = rest.firstIndex(of: "/") ?? rest.endIndex
        guard let at = rest[..<end].lastIndex(of: "@") else { return self }
        return String(self[..<scheme.upperBound] + rest[rest.index(after: at)...])
    }
}
