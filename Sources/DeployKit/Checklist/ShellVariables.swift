// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// The variables that a shell script reads and writes, as far as its text tells.
///
/// Comments and single-quoted text are passed over. What is written by `read`, `for`, `export`,
/// `local` or an assignment counts from there on; what comes out of `source` cannot be known.
package enum ShellVariables {
    /// One use of a variable.
    package struct Use: Hashable, Sendable {
        /// The name.
        package let name: String
        /// The line of the script, from 1.
        package let line: Int
    }

    /// What a script reads before it has written it, each name once.
    ///
    /// A read with a default (`${NAME:-…}`, `${NAME:?…}`) says itself what to do without a value and
    /// does not count.
    package static func reads(in script: String) -> [Use] {
        var known: Set<String> = []
        var reads: [Use] = []
        for (index, line) in lines(of: script) {
            // A line that writes a name may read it afterwards, as a loop does.
            known.formUnion(assignments(in: line).map(\.name))
            for name in names(readIn: line) where known.insert(name).inserted {
                reads.append(Use(name: name, line: index))
            }
        }
        return reads
    }

    /// What a script writes, and whether it is the output of a command.
    package static func writes(in script: String) -> [(use: Use, isOutput: Bool)] {
        lines(of: script).flatMap { index, line in
            assignments(in: line).map { (Use(name: $0.name, line: index), $0.isOutput) }
        }
    }

    private static func lines(of script: String) -> [(index: Int, text: Substring)] {
        script.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap {
            index,
            line in
            let text = line.drop { $0 == " " || $0 == "\t" }
            return text.isEmpty || text.hasPrefix("#") ? nil : (index + 1, text)
        }
    }

    private static func isName(_ byte: UInt8) -> Bool {
        (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F
            || (0x30...0x39).contains(byte)
    }

    private static func isStart(_ byte: UInt8) -> Bool {
        isName(byte) && !(0x30...0x39).contains(byte)
    }

    // `$NAME` and `${NAME}` outside of single quotes; `\$` is none.
    private static func names(readIn line: Substring) -> [String] {
        let bytes = Array(line.utf8)
        var names: [String] = []
        var (index, isQuoted, isDouble) = (0, false, false)
        while index < bytes.count {
            defer { index += 1 }
            switch bytes[index] {
            case UInt8(ascii: "\\"): index += 1
            case UInt8(ascii: "'") where !isDouble: isQuoted.toggle()
            case UInt8(ascii: "\"") where !isQuoted: isDouble.toggle()
            case UInt8(ascii: "#") where !isQuoted && !isDouble && index > 0:
                if bytes[index - 1] == 0x20 { return names }
            case UInt8(ascii: "$") where !isQuoted:
                var start = index + 1
                let isBraced = start < bytes.count && bytes[start] == UInt8(ascii: "{")
                if isBraced { start += 1 }
                guard start < bytes.count, isStart(bytes[start]) else { continue }
                var end = start
                while end < bytes.count, isName(bytes[end]) { end += 1 }
                if isBraced, end >= bytes.count || bytes[end] != UInt8(ascii: "}") { continue }
                names.append(String(decoding: bytes[start..<end], as: UTF8.self))
            default: break
            }
        }
        return names
    }

    // A command begins behind each of them.
    private static let beginners: Set<String> = [
        "export", "local", "declare", "readonly", "&&", "||", "then", "do", "-r", "else", "if",
        "elif", "while", "until", "!", "{", "(",
    ]

    // `NAME=value` at the beginning or after `export`, `local`, `declare`, `&&`, `;`; `read NAME`,
    // `for NAME in`.
    private static func assignments(in line: Substring) -> [(name: String, isOutput: Bool)] {
        var found: [(name: String, isOutput: Bool)] = []
        var begins = true
        var takesName = false
        for word in line.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == ";" }) {
            if takesName {
                if !word.hasPrefix("-") {
                    found.append((String(word), true))
                    takesName = false
                }
                begins = false
            } else if word == "read" || word == "for" {
                takesName = true
            } else if Self.beginners.contains(String(word))
                || word.hasSuffix(")") && !word.contains("(")
            {
                // The last is the pattern of a case.
                begins = true
            } else if begins, let equals = word.firstIndex(of: "="), let first = word.utf8.first,
                isStart(first), word[..<equals].utf8.allSatisfy(isName)
            {
                let value = word[word.index(after: equals)...].drop { $0 == "\"" }
                found.append(
                    (String(word[..<equals]), value.hasPrefix("$(") || value.hasPrefix("`"))
                )
            } else {
                begins = false
            }
        }
        return found
    }
}
