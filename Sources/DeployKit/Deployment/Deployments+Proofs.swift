// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension Deployments {
    /// Judges the signatures of the sign-offs that hold a deployment's gates open: whoever may write
    /// the store's file could have put events there that nobody signed.
    ///
    /// Judged are the sign-offs of the present rounds, each by the keys that the log knows now or
    /// knew when the gate was opened, at the moment at which it was recorded.
    ///
    /// - Parameters:
    ///   - state: The deployment.
    ///   - verifiers: What decides the cryptography.
    /// - Returns: A sentence for each that is not good; empty when all are.
    /// - Throws: ``DeploymentError`` when the store fails, or a signature could not be judged.
    public func signatureFaults(
        of state: Deployment,
        verifiers: StatementVerifiers
    ) async throws(DeploymentError) -> [String] {
        let present = try await directory()
        var faults: [String] = []
        for (_, progress) in state.gates.sorted(by: { "\($0.key)" < "\($1.key)" }) {
            for signOff in progress.signOffs {
                guard let proof = signOff.proof, let moment = state.moment(of: signOff) else {
                    continue
                }
                var refusal: SSHSignatureError?
                for directory in [present, progress.terms.directory] {
                    do {
                        refusal = try await verifiers.refusal(
                            of: proof.envelope,
                            saying: proof.statement,
                            in: directory,
                            at: moment
                        )
                    } catch {
                        throw DeploymentError(.signature(error))
                    }
                    if refusal == nil { break }
                }
                if let refusal {
                    faults.append(
                        "the sign-off of \(signOff.person) at '\(state.label(signOff.slot))' is not "
                            + "proved: \(refusal.description)"
                    )
                }
            }
        }
        return faults
    }
}
