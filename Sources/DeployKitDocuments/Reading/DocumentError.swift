// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Why a document cannot be read as a checklist.
public struct DocumentError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of refusal.
    @nonexhaustive
    public enum Code: String, Hashable, Sendable {
        /// A byte is no UTF-8, or U+0000.
        case notUTF8 = "document-not-utf8"
        /// There is nothing in it but white space.
        case empty = "document-empty"
        /// It is larger than ``ChecklistDocument/largestSource``.
        case tooLarge = "document-too-large"
        /// List items are nested deeper than ``ChecklistDocument/deepestNesting``.
        case tooDeep = "document-too-deep"
        /// A declaration has an unknown key, a bad value, or the wrong place.
        case declaration = "document-declaration"
    }

    /// One fault of a document.
    public struct Fault: Hashable, Sendable {
        /// What was found, and what was expected.
        public let message: String
        /// The number of the line, from 1.
        public let line: Int
    }

    /// What kind of refusal it is.
    public let code: Code
    /// Everything that is at fault, in the order of the lines; at least one.
    public let faults: [Fault]

    /// What was found first, and what was expected.
    public var message: String { faults.first?.message ?? "" }
    /// The line of the first fault, from 1.
    public var line: Int { faults.first?.line ?? 1 }

    init(_ code: Code, _ message: String, line: Int) {
        self.init(code, [Fault(message: message, line: line)])
    }

    init(_ code: Code, _ faults: [Fault]) {
        self.code = code
        self.faults = faults
    }

    /// The code, and each fault with its line.
    public var description: String {
        faults.map { "\(code.rawValue): line \($0.line): \($0.message)" }.joined(separator: "\n")
    }
}
