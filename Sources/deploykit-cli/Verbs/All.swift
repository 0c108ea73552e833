// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension Verb {
    /// Everything that the command does, in the order of the overview.
    static let all: [Verb] =
        [
            check, start, list, status, inbox, due, done, fail, skip, waive, resolve, reopen, set,
            note, run, rollback, rehearse, unlock, gate, freeze, unfreeze, amend, sign, withdraw,
            directoryApply, directoryShow, abort, metricRecord,
            metricEvaluate, metricWatch, metricReplay, metricRules, contractRecord, contractList,
            contractEnv, contractCheck, contractDiff, contractImport, contractRestore,
            contractRevoke, contractReset, contractDerive, contractLint, envDoctor, export, report,
            auditLog, auditDuties, auditVerify, auditExport, auditCheckpoint, auditRecover,
            auditErase, storeSave, storeRestore, storeCopy, keyInit, hookTrust, hookList,
            initialise, completion, help,
        ] + ofServers
}
