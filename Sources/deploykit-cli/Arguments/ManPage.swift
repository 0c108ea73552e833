// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// A page of the manual in the language mdoc(7), made from the same words as the help.
///
/// Source: mdoc(7) of mandoc.bsd.lv. The pages are in UTF-8, which mandoc and man-db read.
struct ManPage: Sendable {
    /// The name of the page, which is that of its file without `.1`.
    let name: String
    /// The page.
    let text: String

    /// All pages: the command, and each verb.
    static var all: [ManPage] { [overview] + Verb.all.map { ManPage($0) } }

    /// The page of the command.
    static var overview: ManPage {
        var text = head("deploykit", "run a deployment checklist and keep the evidence")
        text += ".Nm\n.Ar VERB\n.Op Ar operands\n.Op Ar options\n.Sh DESCRIPTION\n"
        text += line(Help.summary) + ".Pp\nThe verbs:\n.Bl -tag -width Ds\n"
        for verb in Verb.all { text += ".It Xr \(pageName(of: verb)) 1\n" + line(verb.summary) }
        text += ".El\n.Pp\nThe options of every verb:\n" + list(Option.global)
        text += ".Sh ENVIRONMENT\n.Bl -tag -width Ds\n"
        for (name, meaning) in Help.variables { text += ".It Ev \(name)\n" + line(meaning) }
        text += ".El\n.Sh FILES\n.Bl -tag -width Ds\n"
        for (name, meaning) in Help.files { text += ".It Pa \(name)\n" + line(meaning) }
        text += ".El\n.Sh EXIT STATUS\n" + list(Help.exits)
        text += ".Sh EXAMPLES\n"
        for example in Help.examples { text += ".Dl \(escaped(example))\n" }
        return ManPage(name: "deploykit", text: text)
    }

    private init(name: String, text: String) {
        self.name = name
        self.text = text
    }

    /// The page of a verb.
    init(_ verb: Verb) {
        name = Self.pageName(of: verb)
        var text = Self.head(name, verb.summary)
        text += ".Nm deploykit \(verb.name)\n"
        for operand in verb.operands {
            let word = ".Ar \(Self.argument(operand.name))"
            switch operand.count {
            case .one: text += word + "\n"
            case .optional: text += ".Op \(word.dropFirst())\n"
            case .several: text += word + " ...\n"
            case .any: text += ".Op \(word.dropFirst()) ...\n"
            }
        }
        for option in verb.options {
            let flag = Self.flag(option)
            text += option.isRequired ? ".\(flag)\n" : ".Op \(flag)\n"
        }
        text += ".Op Ar options of every verb\n"
        text += ".Sh DESCRIPTION\n" + Self.line(Self.sentence(verb.summary))
        for paragraph in verb.details { text += ".Pp\n" + Self.line(paragraph) }
        if !verb.options.isEmpty {
            text += ".Pp\nThe options are as follows:\n" + Self.list(verb.options)
        }
        text += ".Pp\nThe options of every verb are in\n.Xr deploykit 1 .\n"
        text += ".Sh EXIT STATUS\n" + Self.list(verb.allExits)
        text += ".Sh EXAMPLES\n"
        for example in verb.examples { text += ".Dl \(Self.escaped(example))\n" }
        text += ".Sh SEE ALSO\n.Xr deploykit 1\n"
        self.text = text
    }

    private static func pageName(of verb: Verb) -> String {
        "deploykit-\(verb.name.replacing(" ", with: "-"))"
    }

    private static func head(_ name: String, _ summary: String) -> String {
        """
        .\\" Made by 'deploykit help --man'.
        .Dd \(Version.date)
        .Dt \(name.uppercased()) 1
        .Os
        .Sh NAME
        .Nm \(name)
        .Nd \(escaped(summary))
        .Sh SYNOPSIS

        """
    }

    private static func flag(_ option: Option) -> String {
        "Fl -\(option.name)" + (option.value.map { " Ar \(argument($0))" } ?? "")
    }

    private static func list(_ options: [Option]) -> String {
        var text = ".Bl -tag -width Ds\n"
        for option in options {
            var summary = option.summary
            if option.isRepeated { summary += " (repeatable)" }
            if option.isRequired { summary += " (required)" }
            text += ".It \(flag(option))\n" + line(summary)
        }
        return text + ".El\n"
    }

    private static func list(_ exits: [(code: ExitCode, meaning: String)]) -> String {
        var text = ".Bl -tag -width Ds\n"
        for (code, meaning) in exits { text += ".It \(code.rawValue)\n" + line(meaning) }
        return text + ".El\n"
    }

    private static func sentence(_ text: String) -> String {
        text.prefix(1).uppercased() + text.dropFirst() + (text.last == "?" ? "" : ".")
    }

    // Each sentence begins a line, as mdoc wants it; no line begins as a request or is longer than
    // 80 bytes.
    private static func line(_ text: String) -> String {
        var lines: [String] = [""]
        for word in text.split(separator: " ") {
            let line = lines[lines.count - 1]
            let isFull = size(line) + size(word) > 78
            if !line.isEmpty, isFull || ".?!".contains(line.suffix(1)) { lines.append("") }
            let last = lines.count - 1
            lines[last] += (lines[last].isEmpty ? "" : " ") + word
        }
        return lines.map { escaped($0) + "\n" }.joined()
    }

    // What is not ASCII is made a name of up to eight bytes before a line is measured.
    private static func size(_ text: some StringProtocol) -> Int {
        escaped(String(text)).unicodeScalars.reduce(0) { $0 + ($1.isASCII ? 1 : 8) }
    }

    // Two dashes are those of an option, and no em dash.
    private static func escaped(_ text: String) -> String {
        let text = text.replacing("\\", with: "\\e").replacing("--", with: "\\-\\-")
        return text.first == "." || text.first == "'" ? "\\&" + text : text
    }

    // What looks like a macro or closes a list in the arguments of one.
    private static func argument(_ text: String) -> String {
        let text = text.replacing("\\", with: "\\e").replacing("|", with: "\\*(Ba")
        return "\\&" + text
    }
}
