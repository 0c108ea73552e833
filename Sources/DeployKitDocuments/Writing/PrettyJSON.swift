// DeployKit
// SPDX-License-Identifier: Apache-2.0

package import DeployKit

extension JSONValue {
    /// The value as people edit it: members in the order of their names, two spaces a level, short
    /// arrays and objects of plain values on one line.
    package func pretty(indent: Int = 0) -> String {
        let line = compact
        if line.count + indent * 2 <= 80, depth <= (indent == 0 ? 0 : 2) { return line }
        let outer = String(repeating: "  ", count: indent)
        let inner = outer + "  "
        switch self {
        case .array(let elements) where !elements.isEmpty:
            let lines = elements.map { inner + $0.pretty(indent: indent + 1) }
            return "[\n" + lines.joined(separator: ",\n") + "\n\(outer)]"
        case .object(let members) where !members.isEmpty:
            let lines = members.map { member in
                inner + "\"\(member.name)\": " + member.value.pretty(indent: indent + 1)
            }
            return "{\n" + lines.joined(separator: ",\n") + "\n\(outer)}"
        default:
            return line
        }
    }

    private var compact: String {
        switch self {
        case .array(let elements):
            "[" + elements.map(\.compact).joined(separator: ", ") + "]"
        case .object(let members):
            "{"
                + members.map { "\"\($0.name)\": \($0.value.compact)" }
                .joined(separator: ", ") + "}"
        default:
            String(decoding: canonicalBytes, as: UTF8.self)
        }
    }

    private var depth: Int {
        switch self {
        case .array(let elements): 1 + (elements.map(\.depth).max() ?? 0)
        case .object(let members): 1 + (members.map(\.value.depth).max() ?? 0)
        default: 0
        }
    }
}
