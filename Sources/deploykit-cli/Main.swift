// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitRunner

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

@main
struct Main {
    // An error out of main would trap and lose what is buffered: everything is caught in `run`.
    static func main() async {
        ProcessMemory.keep()
        let code = await run(Array(CommandLine.arguments.dropFirst()))
        fflush(nil)
        exit(code.rawValue)
    }

    // Leaves the main actor once, so that no call to a store hops between threads.
    @concurrent
    private static func run(_ words: [String]) async -> ExitCode {
        let environment = World.environment
        let isJSON = words.prefix { $0 != "--" }.contains("--json")
        let console = Console(isJSON: isJSON, environment: environment)
        do {
            let code = try await perform(words, console, environment)
            guard let reason = console.lost else { return code }
            console.note("the output could not be written (what was done is recorded): \(reason)")
            return .internalError
        } catch {
            let failure = Failure(error)
            console.report(failure)
            return failure.exit
        }
    }

    private static func perform(
        _ words: [String],
        _ console: Console,
        _ environment: [String: String]
    ) async throws -> ExitCode {
        switch words.first {
        case nil:
            throw UsageError("what is to be done?", hints: ["deploykit help lists what there is"])
        case "--version"?:
            console.print(
                .members(["schemaVersion": 1.json, "version": Version.number.json]),
                or: "deploykit \(Version.number)\n"
            )
            return .done
        case "--help"?, "-h"?:
            let page = try Help.page(for: [])
            console.print(page.json, or: page.text)
            return .done
        case let word? where Self.asksAboutGroup(words):
            let page = try Help.page(for: [word])
            console.print(page.json, or: page.text)
            return .done
        default:
            break
        }
        let (verb, rest) = try Verb.find(words)
        let arguments = try Arguments(rest, for: verb)
        if arguments.has("help") {
            let page = try Help.page(for: verb.name.split(separator: " ").map(String.init))
            console.print(page.json, or: page.text)
            return .done
        }
        let call = Call(
            arguments: arguments,
            console: console,
            environment: environment,
            directory: try World.directory()
        )
        let result: Result<ExitCode, any Error>
        do {
            result = .success(try await verb.run(call))
        } catch {
            result = .failure(error)
        }
        // What was recorded is told, however the verb ended.
        await call.hooks.finish()
        return try result.get()
    }

    // A group of verbs does nothing by itself, but may be asked about.
    private static func asksAboutGroup(_ words: [String]) -> Bool {
        let options = words.dropFirst()
        return !Verb.group(words[0]).isEmpty && options.contains { ["--help", "-h"].contains($0) }
            && options.allSatisfy { ["--help", "-h", "--json"].contains($0) }
    }
}
