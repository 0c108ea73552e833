// DeployKit
// SPDX-License-Identifier: Apache-2.0

import CRunnerShims
import DeployKit
import Glibc

/// What posix_spawn is told, checked beforehand: its errors do not say which path they mean.
struct Launch: Sendable {
    static let searchPath = "/usr/local/bin:/usr/bin:/bin"

    let path: String
    let arguments: [String]
    let environment: [String]
    let directory: String
    let script: [UInt8]?

    init(_ invocation: Invocation) throws(RunnerError) {
        directory = invocation.directory
        var variables = invocation.environment
        if let attempt = invocation.attempt { variables[ProcessTree.variable] = attempt }
        let name: String
        switch invocation.program {
        case .executable(let executable, let rest):
            (name, arguments, script) = (executable, [executable] + rest, nil)
        case .script(let text, let interpreter):
            guard let first = interpreter.first else {
                throw RunnerError(.invalid, "a script has no interpreter")
            }
            // Bash has its own descriptor for the script by now; the line number stays the same.
            let isBash = first.split(separator: "/").last == "bash"
            (name, arguments) = (first, interpreter + ["/dev/fd/3"])
            script = Array(((isBash ? "exec 3<&-; " : "") + text).utf8)
        }
        for (key, value) in variables
        where key.isEmpty || key.utf8.contains(UInt8(ascii: "=")) || (key + value).utf8.contains(0)
        {
            throw RunnerError(
                .invalid,
                "the environment variable '\(VisibleText.render(key))' has a name that is empty or "
                    + "holds '=', or a NUL byte"
            )
        }
        guard !arguments.contains(where: { $0.utf8.contains(0) }), !directory.utf8.contains(0)
        else {
            throw RunnerError(.invalid, "an argument or the directory holds a NUL byte")
        }
        environment = variables.map { "\($0.key)=\($0.value)" }.sorted()
        try Self.checkDirectory(directory)
        path = try Self.locate(
            name,
            searchPath: variables["PATH"] ?? Self.searchPath,
            directory: directory
        )
    }

    /// Starts the process; returns its id.
    func spawn(input: Int32, output: Int32, error: Int32, extra: Int32) throws(RunnerError) -> Int32
    {
        var argv = arguments.map { strdup($0) } + [nil]
        var envp = environment.map { strdup($0) } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        var id: Int32 = 0
        let code = dk_spawn(&id, path, &argv, &envp, directory, input, output, error, extra)
        switch code {
        case 0: return id
        case ENOENT:
            throw RunnerError(
                .notFound,
                "'\(path)' is there, but the interpreter it names is not; see its first line"
            )
        case EACCES, ENOEXEC:
            throw RunnerError(.notExecutable, "'\(path)' is no program that can be executed here")
        default: throw .system("start '\(path)'", code)
        }
    }

    private static func checkDirectory(_ directory: String) throws(RunnerError) {
        var status = stat()
        guard stat(directory, &status) == 0 else {
            throw RunnerError(
                .badDirectory,
                "the working directory '\(directory)': \(String(cString: strerror(errno)))"
            )
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw RunnerError(.badDirectory, "the working directory '\(directory)' is a file")
        }
        guard access(directory, X_OK) == 0 else {
            throw RunnerError(
                .badDirectory,
                "the working directory '\(directory)' may not be entered"
            )
        }
    }

    /// The path of a program, looked up in the search path unless it holds a slash.
    ///
    /// - Throws: `RunnerError`: `notFound`, `notExecutable`, or `invalid` for an empty name.
    static func locate(
        _ name: String,
        searchPath: String,
        directory: String
    ) throws(RunnerError) -> String {
        guard !name.isEmpty else { throw RunnerError(.invalid, "the program has no name") }
        let hasPath = name.utf8.contains(UInt8(ascii: "/"))
        let candidates =
            hasPath
            ? [name]
            : searchPath.split(separator: ":", omittingEmptySubsequences: true)
                .map { "\($0)/\(name)" }
        var refused: String?
        for candidate in candidates {
            let full = candidate.hasPrefix("/") ? candidate : "\(directory)/\(candidate)"
            var status = stat()
            guard stat(full, &status) == 0 else { continue }
            if status.st_mode & S_IFMT == S_IFREG, access(full, X_OK) == 0 {
                // The child changes its directory before it executes: a relative directory would
                // count twice.
                return candidate.hasPrefix("/") ? full : "./\(candidate)"
            }
            refused = candidate
        }
        if let refused {
            throw RunnerError(
                .notExecutable,
                "'\(refused)' is there, but is no file with permission to execute"
            )
        }
        throw RunnerError(
            .notFound,
            hasPath
                ? "there is no program '\(name)'"
                : "there is no program '\(name)' in the PATH '\(searchPath)'"
        )
    }
}
