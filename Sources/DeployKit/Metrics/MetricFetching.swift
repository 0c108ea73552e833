// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Asks for measurements. DeployKitRunner does it with `curl`; a service plugs in its own client.
public protocol MetricFetching: Sendable {
    /// Asks once.
    ///
    /// - Throws: ``MetricFailure`` where no answer came. An answer that says no is an answer.
    func answer(to request: MetricRequest) async throws(MetricFailure) -> MetricAnswer
}
