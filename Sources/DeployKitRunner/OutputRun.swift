// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// The taking of a value that one command leaves for later items.
struct OutputRun: Sendable {
    private let output: ItemOutput
    private let file: WrittenFile?

    /// Gets ready, before the command starts.
    init(_ output: ItemOutput, in directory: String) {
        self.output = output
        file =
            if case .file(let name, _) = output.source {
                WrittenFile(directory + "/" + name)
            } else {
                nil
            }
    }

    /// The value, after the command exited 0.
    func value(after outcome: CommandOutcome) -> Result<String, CaptureRun.Failure> {
        do {
            if let file { return .success(try output.value(in: try file.content())) }
            guard outcome.output.droppedBytes == 0 else {
                throw CaptureRun.Failure(
                    message: "stdout is too long for '\(output.name)' to be found in it"
                )
            }
            guard let text = String(validating: outcome.output.head, as: UTF8.self) else {
                throw CaptureRun.Failure(message: "stdout is not UTF-8")
            }
            return .success(try output.value(in: text))
        } catch let failure as CaptureRun.Failure {
            return .failure(failure)
        } catch let failure as ItemOutput.Failure {
            return .failure(CaptureRun.Failure(message: failure.message))
        } catch {
            return .failure(CaptureRun.Failure(message: "\(error)"))
        }
    }
}
