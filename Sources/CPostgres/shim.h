// DeployKit
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <libpq-fe.h>

// libpq prints what a server remarks on standard error unless somebody takes it.
static inline void dk_pq_ignore_notice(void *context, const PGresult *result) {
    (void)context;
    (void)result;
}

static inline void dk_pq_silence(PGconn *connection) {
    PQsetNoticeReceiver(connection, dk_pq_ignore_notice, NULL);
}
