// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// The capture of a contract's ID around one command.
struct CaptureRun: Sendable {
    private let capture: ContractCapture
    private let network: Network
    private let file: WrittenFile?

    /// Why there is no ID, or no value.
    struct Failure: Error, Hashable, Sendable {
        let message: String
    }

    /// Gets ready, before the command starts.
    ///
    /// - Throws: `RunnerError` when the ID that the deployment is to give cannot be derived.
    init(
        _ capture: ContractCapture,
        on network: Network,
        in directory: String
    ) throws(RunnerError) {
        self.capture = capture
        self.network = network
        do {
            _ = try capture.expected(on: network)
        } catch {
            throw RunnerError(.invalid, error.message)
        }
        if case .file(let name, _) = capture.source {
            file = WrittenFile(directory + "/" + name)
        } else {
            file = nil
        }
    }

    /// The ID, after the command exited 0.
    func id(after outcome: CommandOutcome) -> Result<ContractID, Failure> {
        do {
            let text = try file.map { file throws(Failure) in try file.content() }
            return .success(try capture.id(in: text ?? outcome.output.text, on: network))
        } catch let failure as Failure {
            return .failure(failure)
        } catch {
            return .failure(Failure(message: (error as? ContractIDError)?.message ?? "\(error)"))
        }
    }
}
