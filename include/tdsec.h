/*
 * tdsec: secure, fast connectivity to TDengine. Generated from ffi-c; do not edit.
 *
 * What holds for every function, unless its own comment says otherwise:
 *
 * Answers      A function that returns int32_t returns TDSEC_OK or the number of an error. Its last parameter, error,
 *              may be NULL; else *error becomes NULL or the error, which then belongs to the caller. Other
 *              out-parameters are written only if the function returns TDSEC_OK.
 * Ownership    What comes through a pointer to a handle (tdsec_connection **) belongs to the caller, who frees it
 *              once, by the _free function of its type, in any order: what was made from a handle outlives it. A
 *              handle given as a parameter is borrowed for the length of the call, as are texts and structures.
 *              Texts returned as const char * belong to the handle they were asked of.
 * NULL         A handle, a text or an out-parameter that is NULL is answered by TDSEC_INVALID_ARGUMENT. A function
 *              that has no error to give returns 0, false or NULL for a handle that is NULL.
 * Mistakes     A handle of another type is answered as NULL is, and freeing it as what it is not does nothing. Closing
 *              twice is fine. Using or freeing a handle that was freed before is a defect of the program, as with
 *              free(): nothing promises to notice.
 * Text         UTF-8, ended by a NUL. What is not UTF-8 is answered by TDSEC_INVALID_ARGUMENT.
 * Time         Milliseconds where a number is asked for. docs/options.md has the units and defaults of the options.
 * Threads      Each function says what may run at the same time. No function uses the caller's thread afterwards, and
 *              no signal handler, locale or environment variable is changed. None may be called in a signal handler.
 * fork         Handles belong to the process that made them: in a child, calls on connections, results and pools
 *              answer TDSEC_FORKED and freeing them touches nothing of the parent's. New ones work.
 * Limits       Nothing waits for ever: connect_timeout bounds connecting, acquire_timeout or timeout_ms waiting for a
 *              connection of a pool, request_timeout or timeout_ms each answer of the server.
 */

#ifndef TDSEC_H
#define TDSEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The release and the number of the ABI this header describes; see tdsec_version and tdsec_abi_version. */
#define TDSEC_VERSION "0.1.0"
#define TDSEC_ABI_VERSION 0

/** Numbers of the errors; 0 is success. tdsec_error_remedy says what to do. */
enum {
  TDSEC_OK = 0,
  /** the address is empty */
  TDSEC_ADDRESS_EMPTY = 1001,
  /** the address does not have the form of any connector's address */
  TDSEC_ADDRESS_INVALID = 1002,
  /** the scheme of the address is not one of ws, wss and their aliases */
  TDSEC_SCHEME_UNKNOWN = 1003,
  /** the port is not a number from 1 to 65535 */
  TDSEC_PORT_INVALID = 1004,
  /** a % in the address is not followed by two hexadecimal digits, or the decoded bytes are not UTF-8 */
  TDSEC_PERCENT_ENCODING_INVALID = 1005,
  /** no option has this name */
  TDSEC_OPTION_UNKNOWN = 1006,
  /** the same option was given twice, perhaps under two spellings */
  TDSEC_OPTION_DUPLICATE = 1007,
  /** the value of the option is not acceptable */
  TDSEC_OPTION_INVALID = 1008,
  /** the token is empty or contains blanks or control characters */
  TDSEC_TOKEN_INVALID = 1009,
  /** a token or a client certificate was given together with a user name or password */
  TDSEC_CREDENTIAL_CONFLICT = 1010,
  /** a user name was given without a password, or no credential where one is needed */
  TDSEC_CREDENTIAL_MISSING = 1011,
  /** a token would travel unencrypted to a host that is not loopback */
  TDSEC_INSECURE_TRANSPORT = 1012,
  /** certificate verification is switched off while a token is used, so an impostor would receive it */
  TDSEC_DANGEROUS_OPTION = 1013,
  /** the TLS versions are unknown, reversed or outside TLSv1.2 to TLSv1.3 */
  TDSEC_TLS_VERSION_INVALID = 1014,
  /** a file named in the configuration cannot be read */
  TDSEC_FILE_UNREADABLE = 1015,
  /** a certificate file holds no usable certificate */
  TDSEC_CERTIFICATE_FILE_INVALID = 1016,
  /** two options contradict each other */
  TDSEC_OPTION_CONFLICT = 1017,
  /** token= is the parameter of TDengine Cloud, not the bearer token */
  TDSEC_TOKEN_PARAMETER = 1018,
  /** the private key does not belong to the client certificate */
  TDSEC_CERTIFICATE_KEY_MISMATCH = 1019,
  /** the private key of the client certificate is missing or cannot be read as a key */
  TDSEC_KEY_FILE_INVALID = 1020,
  /** the private key is encrypted, and its passphrase is missing or wrong */
  TDSEC_KEY_PASSPHRASE = 1021,
  /** others than its owner may read the file of the private key */
  TDSEC_KEY_FILE_EXPOSED = 1022,
  /** a file of revocation lists holds no usable list */
  TDSEC_CRL_FILE_INVALID = 1023,
  /** the client certificate has expired or is not valid yet */
  TDSEC_CLIENT_CERTIFICATE_EXPIRED = 1024,
  /** a token cannot be published by a token source of this kind */
  TDSEC_SOURCE_READ_ONLY = 1025,
  /** the server refused user name and password, or gave no closer reason */
  TDSEC_AUTHENTICATION_FAILED = 2001,
  /** the server does not know the token, or it was dropped */
  TDSEC_TOKEN_REFUSED = 2002,
  /** the token's time to live has passed */
  TDSEC_TOKEN_EXPIRED = 2003,
  /** the token was disabled */
  TDSEC_TOKEN_DISABLED = 2004,
  /** the one-time code is missing, wrong or was used before */
  TDSEC_TOTP_REFUSED = 2005,
  /** the user is disabled or this address is not on the user's list */
  TDSEC_NOT_ALLOWED = 2006,
  /** a proxy or cloud front end answered 401 or 403 before the server was reached */
  TDSEC_UPGRADE_UNAUTHORIZED = 2007,
  /** whoever was to give the credential gave none: a callback failed */
  TDSEC_CREDENTIAL_UNAVAILABLE = 2008,
  /** the token source could not be asked, or did not answer in time */
  TDSEC_SOURCE_UNAVAILABLE = 2009,
  /** what the token source gave holds no usable token */
  TDSEC_SOURCE_INVALID = 2010,
  /** the token of the connection was given up at once, because it leaked */
  TDSEC_TOKEN_REVOKED = 2011,
  /** the server's certificate leads to no trusted root */
  TDSEC_TLS_UNTRUSTED_ROOT = 3001,
  /** the server presents a self-signed certificate that is not trusted */
  TDSEC_TLS_SELF_SIGNED = 3002,
  /** the server presents a CA certificate as its own */
  TDSEC_TLS_CA_AS_LEAF = 3003,
  /** the server presents an X.509 v1 certificate without subject alternative names, as TDengine's SSL guide makes it */
  TDSEC_TLS_CERTIFICATE_VERSION = 3004,
  /** the certificate is valid, but not for the host name or address that was dialled */
  TDSEC_TLS_NAME_MISMATCH = 3005,
  /** the server's certificate has expired, or this machine's clock is ahead */
  TDSEC_TLS_EXPIRED = 3006,
  /** the server's certificate is not valid yet, or this machine's clock is behind */
  TDSEC_TLS_NOT_YET_VALID = 3007,
  /** the server's certificate was revoked */
  TDSEC_TLS_REVOKED = 3008,
  /** a signature in the handshake or in the certificate chain is wrong */
  TDSEC_TLS_BAD_SIGNATURE = 3009,
  /** client and server share no TLS version */
  TDSEC_TLS_NO_COMMON_VERSION = 3010,
  /** client and server share no cipher suite, key exchange or signature scheme */
  TDSEC_TLS_NO_COMMON_SUITE = 3011,
  /** the server does not speak TLS on this port */
  TDSEC_TLS_NOT_TLS = 3012,
  /** the server's public key is none of the pinned ones */
  TDSEC_TLS_PIN_MISMATCH = 3013,
  /** the server asks for a client certificate and got none */
  TDSEC_TLS_CLIENT_CERTIFICATE_REQUIRED = 3014,
  /** the TLS handshake broke off */
  TDSEC_TLS_HANDSHAKE_FAILED = 3015,
  /** the operating system offers no trusted roots */
  TDSEC_TLS_NO_ROOTS = 3016,
  /** the server's certificate cannot be parsed or is not for servers */
  TDSEC_TLS_BAD_CERTIFICATE = 3017,
  /** the server expects TLS on this port */
  TDSEC_TLS_EXPECTED = 3018,
  /** tls_revocation=hard, and no current list and no stapled OCSP answer tells the state of the server's certificate */
  TDSEC_TLS_REVOCATION_UNKNOWN = 3019,
  /** a certificate of the server's chain is signed with an algorithm that is not accepted any more, or has too small a key */
  TDSEC_TLS_WEAK_SIGNATURE = 3020,
  /** the server refused the client certificate */
  TDSEC_TLS_CLIENT_CERTIFICATE_REFUSED = 3021,
  /** the clock of this machine is far off, so no certificate looks valid */
  TDSEC_TLS_CLOCK_WRONG = 3022,
  /** the host name cannot be resolved */
  TDSEC_RESOLVE_FAILED = 4001,
  /** nothing listens on this port of the host */
  TDSEC_CONNECT_REFUSED = 4002,
  /** the host cannot be reached */
  TDSEC_CONNECT_FAILED = 4003,
  /** the connection broke */
  TDSEC_CONNECTION_LOST = 4004,
  /** the peer did not upgrade to WebSocket */
  TDSEC_UPGRADE_REFUSED = 4005,
  /** the server closed the connection, for example because the user was dropped or its address list changed */
  TDSEC_SERVER_CLOSED = 4006,
  /** the address on which metrics are to be served cannot be listened on */
  TDSEC_LISTEN_FAILED = 4007,
  /** connecting took longer than connect_timeout */
  TDSEC_CONNECT_TIMEOUT = 5001,
  /** no answer arrived within the request's timeout */
  TDSEC_REQUEST_TIMEOUT = 5002,
  /** the caller cancelled the request */
  TDSEC_CANCELLED = 5003,
  /** the handle was closed before */
  TDSEC_CLOSED = 5004,
  /** the handle belongs to the parent process of this fork */
  TDSEC_FORKED = 5005,
  /** an argument is missing or outside its range */
  TDSEC_INVALID_ARGUMENT = 5006,
  /** the rows of this result were read before */
  TDSEC_RESULT_CONSUMED = 5007,
  /** no connection of the pool became free within acquire_timeout */
  TDSEC_ACQUIRE_TIMEOUT = 5008,
  /** the server sent a message that does not have the form of the protocol */
  TDSEC_PROTOCOL_MESSAGE = 6001,
  /** the server answered a request that was never made, or answered twice */
  TDSEC_PROTOCOL_REPLY = 6002,
  /** a block of rows contradicts itself */
  TDSEC_BLOCK_INVALID = 6003,
  /** the server sent, or announced, more than max_message_bytes in one message */
  TDSEC_MESSAGE_TOO_LARGE = 6004,
  /** the server is older than 3.3.2.0, or too old for bearer tokens */
  TDSEC_SERVER_TOO_OLD = 6005,
  /** the server refused the statement */
  TDSEC_SERVER_ERROR = 7001,
  /** the statement is not valid SQL of TDengine */
  TDSEC_SYNTAX_ERROR = 7002,
  /** the table or super table does not exist */
  TDSEC_TABLE_NOT_FOUND = 7003,
  /** the database does not exist or none is selected */
  TDSEC_DATABASE_NOT_FOUND = 7004,
  /** the user lacks the privilege */
  TDSEC_PERMISSION_DENIED = 7005,
  /** a limit of the server is reached: running queries of the gateway, or sessions of the user */
  TDSEC_RATE_LIMITED = 7006,
  /** an administrator's pattern forbids the statement */
  TDSEC_STATEMENT_REJECTED = 7007,
  /** the gateway cannot reach the cluster */
  TDSEC_BACKEND_UNAVAILABLE = 7008,
  /** the server does not support the operation, for example tokens on a community build */
  TDSEC_NOT_SUPPORTED = 7009,
  /** the server ended the session: killed, idle or connected for too long */
  TDSEC_SESSION_ENDED = 7010,
  /** no token has this name, or it is one of another user */
  TDSEC_TOKEN_NOT_FOUND = 7011,
  /** a text value is not valid UTF-8 */
  TDSEC_INVALID_UTF8 = 8001,
  /** the column does not have the type asked for */
  TDSEC_TYPE_MISMATCH = 8002,
  /** the value does not fit into the type asked for */
  TDSEC_VALUE_OUT_OF_RANGE = 8003,
  /** a defect of tdsec */
  TDSEC_INTERNAL = 9001,
  /** the threads of the library could not be started */
  TDSEC_RUNTIME_UNAVAILABLE = 9002,
};

/** Types of columns, by TDengine's numbers. */
enum {
  TDSEC_TYPE_BOOL = 1,
  TDSEC_TYPE_TINYINT = 2,
  TDSEC_TYPE_SMALLINT = 3,
  TDSEC_TYPE_INT = 4,
  TDSEC_TYPE_BIGINT = 5,
  TDSEC_TYPE_FLOAT = 6,
  TDSEC_TYPE_DOUBLE = 7,
  TDSEC_TYPE_VARCHAR = 8,
  TDSEC_TYPE_TIMESTAMP = 9,
  TDSEC_TYPE_NCHAR = 10,
  TDSEC_TYPE_TINYINT_UNSIGNED = 11,
  TDSEC_TYPE_SMALLINT_UNSIGNED = 12,
  TDSEC_TYPE_INT_UNSIGNED = 13,
  TDSEC_TYPE_BIGINT_UNSIGNED = 14,
  TDSEC_TYPE_JSON = 15,
  TDSEC_TYPE_VARBINARY = 16,
  TDSEC_TYPE_DECIMAL = 17,
  TDSEC_TYPE_BLOB = 18,
  TDSEC_TYPE_MEDIUMBLOB = 19,
  TDSEC_TYPE_GEOMETRY = 20,
  TDSEC_TYPE_DECIMAL64 = 21,
};

/** Units of the timestamps of a result. */
enum {
  TDSEC_MILLISECOND = 0,
  TDSEC_MICROSECOND = 1,
  TDSEC_NANOSECOND = 2,
};

/** How much an event matters. */
enum {
  TDSEC_SEVERITY_DEBUG = 0,
  TDSEC_SEVERITY_INFO = 1,
  TDSEC_SEVERITY_WARNING = 2,
  TDSEC_SEVERITY_ERROR = 3,
};

/** Kinds of values of an event's fields. */
enum {
  TDSEC_FIELD_TEXT = 0,
  TDSEC_FIELD_INTEGER = 1,
  TDSEC_FIELD_REAL = 2,
  TDSEC_FIELD_BOOL = 3,
};

/* Names of the events; docs/events.md has their fields. */
/** an option was accepted that does less, or something else, than its writer may expect */
#define TDSEC_EVENT_CONFIG_WARNING "config.warning"
/** a connection logged in */
#define TDSEC_EVENT_CONNECTION_OPENED "connection.opened"
/** a connection could not be opened */
#define TDSEC_EVENT_CONNECTION_FAILED "connection.failed"
/** an open connection broke */
#define TDSEC_EVENT_CONNECTION_LOST "connection.lost"
/** a connection was closed */
#define TDSEC_EVENT_CONNECTION_CLOSED "connection.closed"
/** a certificate ends within 30 days, or has ended; renew it */
#define TDSEC_EVENT_CERTIFICATE_EXPIRING "certificate.expiring"
/** a file was replaced by something unusable; what it said before stays in use */
#define TDSEC_EVENT_FILE_UNUSABLE "file.unusable"
/** others than its owner may read a key or token file */
#define TDSEC_EVENT_KEY_EXPOSED "key.exposed"
/** the token source gave no usable token, or could not be told that one is retired; a token that is in use stays */
#define TDSEC_EVENT_SOURCE_FAILED "source.failed"
/** the token source answers again */
#define TDSEC_EVENT_SOURCE_RECOVERED "source.recovered"
/** the token source gave a new token */
#define TDSEC_EVENT_TOKEN_FETCHED "token.fetched"
/** the token in use has ended and the source has no other */
#define TDSEC_EVENT_TOKEN_EXPIRED "token.expired"
/** the server refused the token in use */
#define TDSEC_EVENT_TOKEN_REFUSED "token.refused"
/** the token lives longer than seven days; a leaked one would be useful for as long */
#define TDSEC_EVENT_TOKEN_LONG_LIVED "token.long_lived"
/** nothing uses the token any more */
#define TDSEC_EVENT_TOKEN_RETIRED "token.retired"
/** the token was given up at once; its connections are being moved off it */
#define TDSEC_EVENT_TOKEN_REVOKED "token.revoked"
/** a new token is being tried on a few connections */
#define TDSEC_EVENT_ROTATION_STARTED "rotation.started"
/** new connections use the new token */
#define TDSEC_EVENT_ROTATION_PROMOTED "rotation.promoted"
/** the new token failed and is not used; the one before stays in use, if there is one */
#define TDSEC_EVENT_ROTATION_ROLLED_BACK "rotation.rolled_back"
/** the wall clock jumped, or the machine slept; the schedule was made anew */
#define TDSEC_EVENT_CLOCK_JUMPED "clock.jumped"
/** nobody gave a connection back in time */
#define TDSEC_EVENT_POOL_EXHAUSTED "pool.exhausted"
/** a connection has been lent for very long */
#define TDSEC_EVENT_POOL_LEAK_SUSPECTED "pool.leak_suspected"
/** new work goes elsewhere, this endpoint is asked again later */
#define TDSEC_EVENT_ENDPOINT_DOWN "endpoint.down"
/** the endpoint serves again */
#define TDSEC_EVENT_ENDPOINT_UP "endpoint.up"
/** the cluster named an endpoint that was not in the address */
#define TDSEC_EVENT_ENDPOINT_DISCOVERED "endpoint.discovered"
/** a listener was too slow; its oldest events were thrown away */
#define TDSEC_EVENT_EVENTS_LOST "events.lost"

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE
struct ArrowSchema;
struct ArrowArray;
/** The Arrow C stream interface; the caller releases it by its own release. */
struct ArrowArrayStream {
  int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *out);
  int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *out);
  const char *(*get_last_error)(struct ArrowArrayStream *);
  void (*release)(struct ArrowArrayStream *);
  void *private_data;
};
#endif


/**
 * Some rows of a result, column by column, as they came over the wire. Never changes; lives until tdsec_block_free,
 * whatever happens to its result and connection.
 */
typedef struct tdsec_block tdsec_block;

/**
 * A switch that ends calls which wait. It is given with the options of a call; once triggered, each such call returns
 * TDSEC_CANCELLED, those that wait and those that come.
 */
typedef struct tdsec_cancel tdsec_cancel;

/**
 * The facts of one X.509 certificate. Belongs to its connection and lives as long; never freed by itself.
 */
typedef struct tdsec_certificate tdsec_certificate;

/**
 * Where and how to connect: an address and options, kept as they were given and checked together when they are used.
 */
typedef struct tdsec_config tdsec_config;

/**
 * A logged-in connection to TDengine: one WebSocket, any number of statements at the same time, from any thread.
 *
 * After a fork it belongs to the parent process: in the child every call answers TDSEC_FORKED, and freeing it touches
 * nothing of the parent's.
 */
typedef struct tdsec_connection tdsec_connection;

/**
 * An error. Owned by whoever received it, to be freed by tdsec_error_free. Every string it gives is UTF-8 and lives as
 * long as the error.
 */
typedef struct tdsec_error tdsec_error;

/**
 * One thing that happened. Its strings are UTF-8 and live as long as the event. No event holds a secret.
 */
typedef struct tdsec_event tdsec_event;

/**
 * Events from the moment it was made, in a queue of 1024.
 */
typedef struct tdsec_events tdsec_events;

/**
 * A token on its way from a callback to the library, with what is known of its life. Belongs to the library; a
 * callback writes into it and forgets it when it returns.
 */
typedef struct tdsec_issued tdsec_issued;

/**
 * Serves the metrics until it is freed.
 */
typedef struct tdsec_metrics_server tdsec_metrics_server;

/**
 * Connections to one cluster that are opened ahead and lent, for one application or tenant. With a source the pool
 * fetches the next token before the present one ends, tries it on a few connections and goes back by itself if it
 * fails; statements never notice.
 *
 * After a fork it belongs to the parent process: in the child every call answers TDSEC_FORKED, and freeing it touches
 * nothing of the parent's.
 */
typedef struct tdsec_pool tdsec_pool;

/**
 * The answer to a statement: rows to read block by block, or a number of changed rows.
 *
 * Exactly one block is read ahead. Freeing a result before its end frees the rest on the server.
 */
typedef struct tdsec_result tdsec_result;

/**
 * Where the tokens of a pool come from: an environment variable, a file, a service, the program itself. Several pools
 * may have one source; it is freed when the last of them and its handle are.
 */
typedef struct tdsec_source tdsec_source;

/**
 * A new token with its times. Freeing it wipes the token.
 */
typedef struct tdsec_token tdsec_token;

/**
 * The tokens that a user may see, without the tokens themselves. Never changes.
 */
typedef struct tdsec_tokens tdsec_tokens;

/**
 * Gives a one-time code: writes its digits and a NUL to `buffer`, which has room for `capacity` bytes, and returns 0;
 * any other number means that there is none. `buffer` is wiped after use.
 *
 * It is called from a thread of the library, perhaps from several at once, as long as the configuration or a connect
 * with it lives. It may wait, within connect_timeout. It must not throw or end the thread.
 */
typedef int32_t (*tdsec_totp_callback)(void *user_data, char *buffer, size_t capacity);

/**
 * Options of connecting. Zero the structure, set struct_size, then what is wanted.
 */
typedef struct tdsec_connect_options {
  /**
   * sizeof(tdsec_connect_options): lets the structure grow in later versions.
   */
  size_t struct_size;
  /**
   * Ends the wait from another thread; NULL for none. Borrowed for the length of the call.
   */
  const struct tdsec_cancel *cancel;
} tdsec_connect_options;

/**
 * Receives a connection or an error; the other one is NULL. Both belong to the callback.
 *
 * It is called once, from a thread of the library. It must not wait, throw or end the thread; functions that wait
 * answer TDSEC_INVALID_ARGUMENT in it.
 */
typedef void (*tdsec_connection_callback)(void *user_data,
                                          struct tdsec_connection *connection,
                                          struct tdsec_error *error);

/**
 * Options of one statement. Zero the structure, set struct_size, then what is wanted.
 */
typedef struct tdsec_query_options {
  /**
   * sizeof(tdsec_query_options): lets the structure grow in later versions.
   */
  size_t struct_size;
  /**
   * How long the server may take for the statement, and then for each block of its rows, in milliseconds; 0 for
   * the connection's request_timeout.
   */
  int64_t timeout_ms;
  /**
   * The request id under which the server logs the statement; 0 for a fresh one.
   */
  uint64_t req_id;
  /**
   * Ends the wait from another thread, and later the waits for the rows of the result; NULL for none. Borrowed for
   * the length of the call.
   */
  const struct tdsec_cancel *cancel;
  /**
   * Not 0: running the statement twice is as good as once, so a pool may send it again after a lost connection even
   * if it may have run. Statements that only read are taken for idempotent anyway. A single connection repeats
   * nothing.
   */
  int64_t idempotent;
} tdsec_query_options;

/**
 * Receives a result or an error; the other one is NULL. Both belong to the callback. As tdsec_connection_callback.
 */
typedef void (*tdsec_result_callback)(void *user_data,
                                      struct tdsec_result *result,
                                      struct tdsec_error *error);

/**
 * Options of waiting for a connection of a pool. Zero the structure, set struct_size, then what is wanted.
 */
typedef struct tdsec_acquire_options {
  /**
   * sizeof(tdsec_acquire_options): lets the structure grow in later versions.
   */
  size_t struct_size;
  /**
   * How long to wait for a connection, in milliseconds; 0 for the acquire_timeout of the configuration.
   */
  int64_t timeout_ms;
  /**
   * Ends the wait from another thread; NULL for none. Borrowed for the length of the call.
   */
  const struct tdsec_cancel *cancel;
  /**
   * Not 0: takes a connection that is at rest and waits for none. Not beside timeout_ms.
   */
  int64_t no_wait;
} tdsec_acquire_options;

/**
 * Receives a block or an error; the other one is NULL, and both are at the end of the rows. Both belong to the
 * callback. As tdsec_connection_callback.
 */
typedef void (*tdsec_block_callback)(void *user_data,
                                     struct tdsec_block *block,
                                     struct tdsec_error *error);

/**
 * One column of a block as it came over the wire: pointers into the block, valid until tdsec_block_free.
 *
 * A type of fixed width has values and null_bitmap, the others have offsets and data; the other two are NULL. All
 * numbers are little-endian and possibly unaligned: read them with memcpy.
 */
typedef struct tdsec_column {
  /**
   * Its type, one of the TDSEC_TYPE_… constants.
   */
  int32_t data_type;
  /**
   * Bytes of one value; 0 if the type has no fixed width.
   */
  uint32_t width;
  /**
   * Bytes of the length in front of each value in data, 2 or 4; 0 for a type of fixed width.
   */
  uint32_t length_width;
  /**
   * Digits of a decimal, else 0.
   */
  uint8_t precision;
  /**
   * Digits of a decimal after the point, else 0. DECIMAL holds a 128-bit integer, DECIMAL64 a 64-bit one; the value
   * is that integer divided by 10 to the power of scale.
   */
  uint8_t scale;
  /**
   * Number of rows.
   */
  size_t rows;
  /**
   * rows * width bytes; anything where a row is NULL.
   */
  const uint8_t *values;
  /**
   * Row r is NULL if bit 7 - r % 8 of byte r / 8 is 1.
   */
  const uint8_t *null_bitmap;
  /**
   * rows * 4 bytes, an int32_t for each row: negative for NULL, else where in data the value's length stands. The
   * value follows its length; NCHAR has 4 bytes (UTF-32) a character.
   */
  const uint8_t *offsets;
  /**
   * Lengths and values.
   */
  const uint8_t *data;
  /**
   * Number of bytes in data.
   */
  size_t data_length;
} tdsec_column;

/**
 * Receives log lines, one at a time, from a thread of the library. The event belongs to the library and ends with the call.
 *
 * It may take its time and use the library: nothing waits for it. It must not throw or end the thread.
 */
typedef void (*tdsec_log_callback)(void *user_data, const struct tdsec_event *event);

/**
 * What a pool has at the moment. Zero the structure and set struct_size.
 */
typedef struct tdsec_pool_counts {
  /**
   * sizeof(tdsec_pool_counts): lets the structure grow in later versions.
   */
  size_t struct_size;
  /**
   * Connections at rest.
   */
  size_t idle;
  /**
   * Connections lent.
   */
  size_t in_use;
  /**
   * Connections being opened.
   */
  size_t opening;
  /**
   * Connections of an earlier token or past their lifetime that are still to be replaced.
   */
  size_t stale;
  /**
   * Callers that wait.
   */
  size_t waiting;
  /**
   * Most connections.
   */
  size_t max_size;
  /**
   * The credential in use, or the last one that was while another is awaited: each that is tried takes a number, from 1
   * on; 0 before the first.
   */
  uint64_t generation;
} tdsec_pool_counts;

/**
 * Description of one column of a result.
 */
typedef struct tdsec_field {
  /**
   * Its name, UTF-8; lives as long as the result. Names of one result may repeat.
   */
  const char *name;
  /**
   * Its type, one of the TDSEC_TYPE_… constants.
   */
  int32_t data_type;
  /**
   * Its declared length as the server reports it; not needed to read values.
   */
  uint32_t length;
  /**
   * Digits of a decimal, else 0.
   */
  uint8_t precision;
  /**
   * Digits of a decimal after the point, else 0.
   */
  uint8_t scale;
} tdsec_field;

/**
 * Gives a token: sets it in `issued` by tdsec_issued_set_token and returns 0. Any other number means that there is
 * none now; tdsec_issued_set_problem says why.
 *
 * It is called from a thread of the library as long as the source, or a pool with it, lives; by one at a time for each
 * pool with the source. It may wait; what takes longer than the time-out counts as a failure, and its answer is taken
 * at the next attempt. It must not throw or end the thread. Functions of tdsec that wait answer TDSEC_INVALID_ARGUMENT
 * in it.
 */
typedef int32_t (*tdsec_token_callback)(void *user_data, const struct tdsec_issued *issued);

/**
 * Frees what a callback works with. It is called once, from any thread, when nothing can call the callback any more.
 */
typedef void (*tdsec_free_callback)(void *user_data);

/**
 * What a token may be given besides its name, user and TTL. Zero the structure, set struct_size, then what is wanted.
 */
typedef struct tdsec_token_options {
  /**
   * sizeof(tdsec_token_options): lets the structure grow in later versions.
   */
  size_t struct_size;
  /**
   * Who makes it, at most 63 bytes; NULL for none.
   */
  const char *provider;
  /**
   * Free text of at most 1023 bytes; NULL for none.
   */
  const char *extra_info;
  /**
   * Not 0: it cannot be used until tdsec_token_enable.
   */
  int64_t disabled;
} tdsec_token_options;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Hands the rows over as an Arrow C stream: *stream is filled and then belongs to the caller, who calls its release.
 * The result is consumed: reading from it answers TDSEC_RESULT_CONSUMED; it still has to be freed, and may be at once.
 *
 * get_next waits for the next block. An error in mid-stream makes it return a code of errno; get_last_error then gives
 * the text of the error, and tdsec_result_stream_error the error itself. Numbers are copied once, because nothing in a
 * block is aligned. A statement without rows gives a stream without columns and batches.
 *
 * Thread safety: as tdsec_result_next_block. The stream may be used from one thread at a time, and not from a callback
 * of tdsec.
 */
int32_t tdsec_result_arrow_stream(const struct tdsec_result *result,
                                  struct ArrowArrayStream *stream,
                                  struct tdsec_error **error);

/**
 * The error that ended the Arrow stream of the result; TDSEC_OK, with *error NULL, if none did. Arrow itself passes on
 * its text alone. The answer stays after the stream's release, until tdsec_result_free.
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_result_free.
 */
int32_t tdsec_result_stream_error(const struct tdsec_result *result,
                                  struct tdsec_error **error);

/**
 * The number of rows, at least 1; 0 for NULL.
 *
 * Thread safety: a block does not change; any number of threads may read it at the same time.
 */
size_t tdsec_block_rows(const struct tdsec_block *block);

/**
 * The number of columns; 0 for NULL.
 *
 * Thread safety: any number of threads may read a block at the same time.
 */
size_t tdsec_block_columns(const struct tdsec_block *block);

/**
 * The unit of every TIMESTAMP of the block: TDSEC_MILLISECOND, TDSEC_MICROSECOND or TDSEC_NANOSECOND.
 *
 * Thread safety: any number of threads may read a block at the same time.
 */
int32_t tdsec_block_precision(const struct tdsec_block *block);

/**
 * Frees the block and with it the memory of its columns. NULL is fine.
 *
 * Thread safety: nobody may use the block, or pointers into it, during or after the call.
 */
void tdsec_block_free(struct tdsec_block *block);

/**
 * Asks `callback` for the one-time code of each login, instead of the option totp_code.
 *
 * Thread safety: as tdsec_config_set.
 */
int32_t tdsec_config_set_totp_callback(const struct tdsec_config *config,
                                       tdsec_totp_callback callback,
                                       void *user_data,
                                       struct tdsec_error **error);

/**
 * Connects and logs in without waiting; options may be NULL. The configuration may be freed at once.
 *
 * Thread safety: as tdsec_connection_new; may be called from a callback of tdsec.
 */
int32_t tdsec_connection_new_async(const struct tdsec_config *config,
                                   const struct tdsec_connect_options *options,
                                   tdsec_connection_callback callback,
                                   void *user_data,
                                   struct tdsec_error **error);

/**
 * Runs one SQL statement without waiting; options may be NULL. The text of the statement may be freed at once.
 *
 * Thread safety: as tdsec_connection_query; may be called from a callback of tdsec.
 */
int32_t tdsec_connection_query_async(const struct tdsec_connection *connection,
                                     const char *sql,
                                     const struct tdsec_query_options *options,
                                     tdsec_result_callback callback,
                                     void *user_data,
                                     struct tdsec_error **error);

/**
 * Lends a connection without waiting; options may be NULL. Freeing the pool meanwhile does not keep the callback from
 * being called.
 *
 * Thread safety: as tdsec_pool_acquire; may be called from a callback of tdsec.
 */
int32_t tdsec_pool_acquire_async(const struct tdsec_pool *pool,
                                 const struct tdsec_acquire_options *options,
                                 tdsec_connection_callback callback,
                                 void *user_data,
                                 struct tdsec_error **error);

/**
 * Runs one SQL statement on some connection of a pool without waiting; options may be NULL. The text of the statement
 * may be freed at once.
 *
 * Thread safety: as tdsec_pool_query; may be called from a callback of tdsec.
 */
int32_t tdsec_pool_query_async(const struct tdsec_pool *pool,
                               const char *sql,
                               const struct tdsec_query_options *options,
                               tdsec_result_callback callback,
                               void *user_data,
                               struct tdsec_error **error);

/**
 * Asks for the next block of rows without waiting. Freeing the result meanwhile does not keep the callback from being
 * called.
 *
 * Thread safety: as tdsec_result_next_block; may be called from a callback of tdsec, there for the next block too.
 */
int32_t tdsec_result_next_block_async(const struct tdsec_result *result,
                                      tdsec_block_callback callback,
                                      void *user_data,
                                      struct tdsec_error **error);

/**
 * Makes a cancel handle.
 *
 * Thread safety: may be called at any time from any thread.
 */
int32_t tdsec_cancel_new(struct tdsec_cancel **cancel, struct tdsec_error **error);

/**
 * Ends every call that was given the handle, now and in future: it returns TDSEC_CANCELLED. The connection stays
 * usable; whether the server runs the statement to its end is its own matter. Idempotent.
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_cancel_free. Not to be called
 * from a signal handler.
 */
int32_t tdsec_cancel_trigger(const struct tdsec_cancel *cancel,
                             struct tdsec_error **error);

/**
 * Frees the handle. Calls and results that were given it go on without it. NULL is fine.
 *
 * Thread safety: nobody may use the handle during or after the call; calls that were started with it may be under way.
 */
void tdsec_cancel_free(struct tdsec_cancel *cancel);

/**
 * True if the value at column and row, which count from 0, is NULL, and if there is no such value.
 *
 * Thread safety: any number of threads may read a block at the same time.
 */
bool tdsec_block_is_null(const struct tdsec_block *block, size_t column, size_t row);

/**
 * Reads a BOOL. NULL reads as false; *is_null, which may be NULL, tells.
 *
 * Thread safety: any number of threads may read a block at the same time.
 */
int32_t tdsec_block_bool(const struct tdsec_block *block,
                         size_t column,
                         size_t row,
                         bool *value,
                         bool *is_null,
                         struct tdsec_error **error);

/**
 * Reads any integer type, BOOL as 0 and 1, or a TIMESTAMP in the precision of the block. NULL reads as 0; *is_null,
 * which may be NULL, tells. TDSEC_VALUE_OUT_OF_RANGE for a BIGINT UNSIGNED that does not fit.
 *
 * Thread safety: any number of threads may read a block at the same time.
 */
int32_t tdsec_block_int64(const struct tdsec_block *block,
                          size_t column,
                          size_t row,
                          int64_t *value,
                          bool *is_null,
                          struct tdsec_error **error);

/**
 * Reads any integer type, or BOOL as 0 and 1. NULL reads as 0; *is_null, which may be NULL, tells.
 * TDSEC_VALUE_OUT_OF_RANGE for a negative number.
 *
 * Thread safety: any number of threads may read a block at the same time.
 */
int32_t tdsec_block_uint64(const struct tdsec_block *block,
                           size_t column,
                           size_t row,
                           uint64_t *value,
                           bool *is_null,
                           struct tdsec_error **error);

/**
 * Reads a DOUBLE or a FLOAT. NULL reads as 0; *is_null, which may be NULL, tells.
 *
 * Thread safety: any number of threads may read a block at the same time.
 */
int32_t tdsec_block_double(const struct tdsec_block *block,
                           size_t column,
                           size_t row,
                           double *value,
                           bool *is_null,
                           struct tdsec_error **error);

/**
 * Reads a value of any type as UTF-8 text: VARCHAR, NCHAR and JSON as they are, a decimal exactly with all digits of
 * its scale, bytes in hexadecimal, a TIMESTAMP as its number. NULL reads as an empty text; *is_null, which may be
 * NULL, tells. Writes like tdsec_config_describe. TDSEC_INVALID_UTF8 if a VARCHAR is no text: read it as bytes.
 *
 * Thread safety: any number of threads may read a block at the same time.
 */
int32_t tdsec_block_text(const struct tdsec_block *block,
                         size_t column,
                         size_t row,
                         char *buffer,
                         size_t capacity,
                         size_t *length,
                         bool *is_null,
                         struct tdsec_error **error);

/**
 * Points *value to the bytes of a value without fixed width and writes their number to *length. They are as they came:
 * NCHAR has 4 bytes (UTF-32, little-endian) a character. They end with no NUL and live as long as the block. For NULL
 * *value is NULL.
 *
 * Thread safety: any number of threads may read a block at the same time.
 */
int32_t tdsec_block_bytes(const struct tdsec_block *block,
                          size_t column,
                          size_t row,
                          const uint8_t **value,
                          size_t *length,
                          struct tdsec_error **error);

/**
 * Distinguished name of its owner; NULL for NULL. Lives as long as the connection.
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_connection_free.
 */
const char *tdsec_certificate_subject(const struct tdsec_certificate *certificate);

/**
 * Distinguished name of who issued it; NULL for NULL. Lives as long as the connection.
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_connection_free.
 */
const char *tdsec_certificate_issuer(const struct tdsec_certificate *certificate);

/**
 * Serial number, hexadecimal; NULL for NULL. Lives as long as the connection.
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_connection_free.
 */
const char *tdsec_certificate_serial(const struct tdsec_certificate *certificate);

/**
 * Kind of key, such as `EC P-256`, `RSA 2048` or `Ed25519`; NULL for NULL. Lives as long as the connection.
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_connection_free.
 */
const char *tdsec_certificate_key(const struct tdsec_certificate *certificate);

/**
 * Signature algorithm, such as `ecdsa-with-SHA256`; NULL for NULL. Lives as long as the connection.
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_connection_free.
 */
const char *tdsec_certificate_signature(const struct tdsec_certificate *certificate);

/**
 * SHA-256 of its public key as the option tls_pin takes it, `sha256//…`; NULL for NULL. Lives as long as the connection.
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_connection_free.
 */
const char *tdsec_certificate_pin(const struct tdsec_certificate *certificate);

/**
 * SHA-256 of the whole certificate, 64 hexadecimal digits; NULL for NULL. Lives as long as the connection.
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_connection_free.
 */
const char *tdsec_certificate_fingerprint(const struct tdsec_certificate *certificate);

/**
 * Subject alternative name number `index`, a DNS name or an IP address; NULL past the last one. Lives as long as the
 * connection.
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_connection_free.
 */
const char *tdsec_certificate_name(const struct tdsec_certificate *certificate,
                                   size_t index);

/**
 * Start of its validity, in seconds since 1970-01-01 UTC; 0 for NULL.
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_connection_free.
 */
int64_t tdsec_certificate_not_before(const struct tdsec_certificate *certificate);

/**
 * End of its validity, in seconds since 1970-01-01 UTC; 0 for NULL.
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_connection_free.
 */
int64_t tdsec_certificate_not_after(const struct tdsec_certificate *certificate);

/**
 * Whole days until it ends by the clock of this machine, negative once it has; 0 for NULL.
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_connection_free.
 */
int64_t tdsec_certificate_days_left(const struct tdsec_certificate *certificate);

/**
 * X.509 version, 1 or 3; 0 for NULL.
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_connection_free.
 */
uint32_t tdsec_certificate_version(const struct tdsec_certificate *certificate);

/**
 * True if it may issue others; false for NULL.
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_connection_free.
 */
bool tdsec_certificate_is_ca(const struct tdsec_certificate *certificate);

/**
 * Fills *column with pointers to the column at index, which counts from 0. Copies nothing.
 *
 * Thread safety: any number of threads may read a block at the same time.
 */
int32_t tdsec_block_column(const struct tdsec_block *block,
                           size_t index,
                           struct tdsec_column *column,
                           struct tdsec_error **error);

/**
 * Makes a configuration from an address in the spelling of any connector, such as
 * `wss://host:6041/db?bearerToken=…`. NULL stands for no address: options then say where to connect.
 *
 * The address is judged together with the options, by tdsec_config_check and when connecting.
 *
 * Thread safety: may be called at any time from any thread.
 */
int32_t tdsec_config_new(const char *address,
                         struct tdsec_config **config,
                         struct tdsec_error **error);

/**
 * Adds an option under any of its names; docs/options.md lists them. An unknown name is refused at once, the value is
 * judged together with everything else. A refused option leaves the configuration as it was.
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_config_free.
 */
int32_t tdsec_config_set(const struct tdsec_config *config,
                         const char *name,
                         const char *value,
                         struct tdsec_error **error);

/**
 * Adds an option whose value is a certificate, a key or a list as bytes: PEM, DER or PKCS#12. docs/options.md says
 * which options take bytes. The bytes are copied.
 *
 * Thread safety: as tdsec_config_set.
 */
int32_t tdsec_config_set_bytes(const struct tdsec_config *config,
                               const char *name,
                               const uint8_t *bytes,
                               size_t length,
                               struct tdsec_error **error);

/**
 * Checks address and options together, as connecting does. Opens nothing.
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_config_free.
 */
int32_t tdsec_config_check(const struct tdsec_config *config, struct tdsec_error **error);

/**
 * Describes the checked configuration in one line, for a log, without its secrets.
 *
 * Writes like snprintf: at most capacity bytes with the NUL, cut between characters, and the full length without the
 * NUL to *length. buffer may be NULL if capacity is 0; length may be NULL.
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_config_free.
 */
int32_t tdsec_config_describe(const struct tdsec_config *config,
                              char *buffer,
                              size_t capacity,
                              size_t *length,
                              struct tdsec_error **error);

/**
 * Frees the configuration and wipes its secrets. Connections made from it are not touched. NULL is fine.
 *
 * Thread safety: nobody may use the configuration during or after the call.
 */
void tdsec_config_free(struct tdsec_config *config);

/**
 * Connects and logs in. Waits, at most for the connect_timeout of the configuration.
 *
 * Thread safety: may be called from any thread; several threads may use one configuration at the same time. Not to be
 * called from a callback of tdsec.
 */
int32_t tdsec_connection_new(const struct tdsec_config *config,
                             struct tdsec_connection **connection,
                             struct tdsec_error **error);

/**
 * Connects and logs in, with options; NULL for the defaults.
 *
 * Thread safety: as tdsec_connection_new.
 */
int32_t tdsec_connection_new_with(const struct tdsec_config *config,
                                  const struct tdsec_connect_options *options,
                                  struct tdsec_connection **connection,
                                  struct tdsec_error **error);

/**
 * Runs one SQL statement. Waits for the server's answer.
 *
 * The result has rows to read, or a number of changed rows; tdsec_result_free frees it.
 *
 * Thread safety: may be called from several threads at the same time; the server then runs the statements
 * concurrently. Not to be called from a callback of tdsec.
 */
int32_t tdsec_connection_query(const struct tdsec_connection *connection,
                               const char *sql,
                               struct tdsec_result **result,
                               struct tdsec_error **error);

/**
 * Runs one SQL statement with options; NULL for the defaults.
 *
 * Thread safety: as tdsec_connection_query.
 */
int32_t tdsec_connection_query_with(const struct tdsec_connection *connection,
                                    const char *sql,
                                    const struct tdsec_query_options *options,
                                    struct tdsec_result **result,
                                    struct tdsec_error **error);

/**
 * Runs a statement without rows and writes the number of rows it changed to *affected_rows, which may be NULL. Rows,
 * if there are any, are thrown away.
 *
 * Thread safety: as tdsec_connection_query.
 */
int32_t tdsec_connection_execute(const struct tdsec_connection *connection,
                                 const char *sql,
                                 uint64_t *affected_rows,
                                 struct tdsec_error **error);

/**
 * Runs a statement without rows, with options; NULL for the defaults. The rest is as in tdsec_connection_execute.
 *
 * Thread safety: as tdsec_connection_query.
 */
int32_t tdsec_connection_execute_with(const struct tdsec_connection *connection,
                                      const char *sql,
                                      const struct tdsec_query_options *options,
                                      uint64_t *affected_rows,
                                      struct tdsec_error **error);

/**
 * The database of the session, as USE left it. *is_none, which may be NULL, tells if there is none; the text is then
 * empty. Asks the server. Writes like tdsec_config_describe.
 *
 * Thread safety: as tdsec_connection_query.
 */
int32_t tdsec_connection_current_database(const struct tdsec_connection *connection,
                                          char *buffer,
                                          size_t capacity,
                                          size_t *length,
                                          bool *is_none,
                                          struct tdsec_error **error);

/**
 * The state of the service behind the gateway, by a round trip without a statement: 0 unavailable, 1 network ok,
 * 2 service ok, 3 degraded, 4 exiting.
 *
 * Thread safety: as tdsec_connection_query.
 */
int32_t tdsec_connection_server_status(const struct tdsec_connection *connection,
                                       int32_t *status,
                                       struct tdsec_error **error);

/**
 * The version of the server, such as 3.4.1.13. Lives as long as the connection.
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_connection_free.
 */
const char *tdsec_connection_server_version(const struct tdsec_connection *connection);

/**
 * The version of TLS, TLSv1.3 or TLSv1.2; NULL on a plain connection. Lives as long as the connection.
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_connection_free.
 */
const char *tdsec_connection_tls_version(const struct tdsec_connection *connection);

/**
 * The IANA name of the cipher suite; NULL on a plain connection. Lives as long as the connection.
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_connection_free.
 */
const char *tdsec_connection_tls_cipher_suite(const struct tdsec_connection *connection);

/**
 * The key exchange, such as X25519MLKEM768; empty for a resumed session that had none of its own, NULL on a plain
 * connection. Lives as long as the connection.
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_connection_free.
 */
const char *tdsec_connection_tls_key_exchange(const struct tdsec_connection *connection);

/**
 * Certificate number `index` of the server, its own first; those of the first handshake if the session was resumed.
 * NULL past the last one and on a plain connection. Lives as long as the connection.
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_connection_free.
 */
const struct tdsec_certificate *tdsec_connection_server_certificate(const struct tdsec_connection *connection,
                                                                    size_t index);

/**
 * Certificate number `index` that was sent to the server, the client's own first. NULL past the last one. Lives as
 * long as the connection.
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_connection_free.
 */
const struct tdsec_certificate *tdsec_connection_client_certificate(const struct tdsec_connection *connection,
                                                                    size_t index);

/**
 * True if an earlier TLS session was resumed.
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_connection_free.
 */
bool tdsec_connection_tls_resumed(const struct tdsec_connection *connection);

/**
 * True once the connection is closed or lost, and for NULL.
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_connection_free.
 */
bool tdsec_connection_is_closed(const struct tdsec_connection *connection);

/**
 * Closes the socket; statements under way get TDSEC_CLOSED. Idempotent. Waits at most a few seconds for the server's
 * goodbye.
 *
 * A connection of a pool is given back instead. With a statement under way or a result not read to its end it is
 * closed, and the pool opens another one.
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_connection_free. Not to be
 * called from a callback of tdsec.
 */
int32_t tdsec_connection_close(const struct tdsec_connection *connection,
                               struct tdsec_error **error);

/**
 * Frees the connection. Without tdsec_connection_close before, the socket closes by itself, or goes back to its pool,
 * once its results are freed too; this call does not wait for it. Results stay usable. NULL is fine.
 *
 * Thread safety: nobody may use the connection during or after the call. May be called from a callback.
 */
void tdsec_connection_free(struct tdsec_connection *connection);

/**
 * The number of the error, one of the TDSEC_… constants; 0 for NULL. It never changes its meaning.
 *
 * Thread safety: an error does not change; any number of threads may read it at the same time.
 */
int32_t tdsec_error_number(const struct tdsec_error *error);

/**
 * The name of the error, such as TOKEN_EXPIRED: the same in every language.
 *
 * Thread safety: any number of threads may read an error at the same time.
 */
const char *tdsec_error_name(const struct tdsec_error *error);

/**
 * What the failure is about: config, auth, tls, network, timeout, usage, protocol, server, data or internal.
 *
 * Thread safety: any number of threads may read an error at the same time.
 */
const char *tdsec_error_kind(const struct tdsec_error *error);

/**
 * Whether trying again makes sense: never, same_connection, new_connection or new_credential.
 *
 * Thread safety: any number of threads may read an error at the same time.
 */
const char *tdsec_error_retry(const struct tdsec_error *error);

/**
 * Everything in one line, for a log: name, sentence, the server's words. Never holds a secret.
 *
 * Thread safety: any number of threads may read an error at the same time.
 */
const char *tdsec_error_text(const struct tdsec_error *error);

/**
 * The sentence alone: what was being done, what went wrong.
 *
 * Thread safety: any number of threads may read an error at the same time.
 */
const char *tdsec_error_message(const struct tdsec_error *error);

/**
 * The likely cause of errors with this number.
 *
 * Thread safety: any number of threads may read an error at the same time.
 */
const char *tdsec_error_cause(const struct tdsec_error *error);

/**
 * What to do about errors with this number.
 *
 * Thread safety: any number of threads may read an error at the same time.
 */
const char *tdsec_error_remedy(const struct tdsec_error *error);

/**
 * The text of the underlying error, for example the operating system's; NULL if there is none.
 *
 * Thread safety: any number of threads may read an error at the same time.
 */
const char *tdsec_error_source(const struct tdsec_error *error);

/**
 * The option that is wrong, by its canonical name; NULL if the error is about none.
 *
 * Thread safety: any number of threads may read an error at the same time.
 */
const char *tdsec_error_option(const struct tdsec_error *error);

/**
 * The server's own number as it came over the wire; -1 if the server did not speak.
 *
 * Thread safety: any number of threads may read an error at the same time.
 */
int64_t tdsec_error_server_code(const struct tdsec_error *error);

/**
 * The server's own text; NULL if the server did not speak.
 *
 * Thread safety: any number of threads may read an error at the same time.
 */
const char *tdsec_error_server_message(const struct tdsec_error *error);

/**
 * True if the server may have executed the statement although no answer arrived: check before repeating a write.
 *
 * Thread safety: any number of threads may read an error at the same time.
 */
bool tdsec_error_may_have_run(const struct tdsec_error *error);

/**
 * Frees the error and its strings. NULL is fine.
 *
 * Thread safety: nobody may use the error during or after the call.
 */
void tdsec_error_free(struct tdsec_error *error);

/**
 * Subscribes to events from now on. `names`: events or groups of them, separated by commas, such as
 * `rotation.*,token.expired`; NULL for all. `severity`: the least, TDSEC_SEVERITY_DEBUG for all. `pool`: only events of the
 * pool of this name; NULL for all. docs/events.md lists them.
 *
 * Thread safety: may be called at any time from any thread.
 */
int32_t tdsec_events_new(const char *names,
                         int32_t severity,
                         const char *pool,
                         struct tdsec_events **events,
                         struct tdsec_error **error);

/**
 * The next event, to be freed by tdsec_event_free; *event becomes NULL if none came within timeout_ms, 0 for one that is
 * there already. Whoever reads too slowly gets `events.lost` with the number of those thrown away. TDSEC_CLOSED once the
 * subscription is closed and read to its end.
 *
 * Thread safety: any number of threads may wait; each event goes to one of them. With a timeout not in a callback of tdsec.
 */
int32_t tdsec_events_next(const struct tdsec_events *events,
                          uint64_t timeout_ms,
                          struct tdsec_event **event,
                          struct tdsec_error **error);

/**
 * Ends the subscription and every wait for it; what has arrived can still be read. Idempotent.
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_events_free.
 */
int32_t tdsec_events_close(const struct tdsec_events *events, struct tdsec_error **error);

/**
 * Ends the subscription and frees it; its events live on. NULL is fine.
 *
 * Thread safety: nobody may use the handle during or after the call.
 */
void tdsec_events_free(struct tdsec_events *events);

/**
 * The event's stable name, one of the TDSEC_EVENT_… constants; NULL for NULL.
 *
 * Thread safety: an event does not change; any number of threads may read it at the same time.
 */
const char *tdsec_event_name(const struct tdsec_event *event);

/**
 * How much it matters, one of the TDSEC_SEVERITY_… constants; 0 for NULL.
 *
 * Thread safety: any number of threads may read an event at the same time.
 */
int32_t tdsec_event_severity(const struct tdsec_event *event);

/**
 * When it happened, in milliseconds since 1970-01-01 UTC; 0 for NULL.
 *
 * Thread safety: any number of threads may read an event at the same time.
 */
int64_t tdsec_event_time_ms(const struct tdsec_event *event);

/**
 * Everything in one line, for a log; NULL for NULL.
 *
 * Thread safety: any number of threads may read an event at the same time.
 */
const char *tdsec_event_text(const struct tdsec_event *event);

/**
 * How many fields it has; 0 for NULL.
 *
 * Thread safety: any number of threads may read an event at the same time.
 */
size_t tdsec_event_field_count(const struct tdsec_event *event);

/**
 * Name of field number `index`; NULL past the last one.
 *
 * Thread safety: any number of threads may read an event at the same time.
 */
const char *tdsec_event_field_name(const struct tdsec_event *event, size_t index);

/**
 * What kind of value field number `index` has, one of the TDSEC_FIELD_… constants; 0, a text, past the last one.
 *
 * Thread safety: any number of threads may read an event at the same time.
 */
int32_t tdsec_event_field_type(const struct tdsec_event *event,
                               size_t index);

/**
 * Field number `index` as text, whatever its type: numbers in decimal, `true` or `false`; NULL past the last one.
 *
 * Thread safety: any number of threads may read an event at the same time.
 */
const char *tdsec_event_field_text(const struct tdsec_event *event,
                                   size_t index);

/**
 * Field number `index` if it is an integer, 1 or 0 if it is yes or no; else 0.
 *
 * Thread safety: any number of threads may read an event at the same time.
 */
int64_t tdsec_event_field_integer(const struct tdsec_event *event, size_t index);

/**
 * Field number `index` if it is a real number; else 0.
 *
 * Thread safety: any number of threads may read an event at the same time.
 */
double tdsec_event_field_real(const struct tdsec_event *event, size_t index);

/**
 * The field of this name as text; NULL if the event has none.
 *
 * Thread safety: any number of threads may read an event at the same time.
 */
const char *tdsec_event_field(const struct tdsec_event *event, const char *name);

/**
 * Frees the event and its strings. NULL is fine. An event that a callback was given stays as it is: it belongs to the
 * library.
 *
 * Thread safety: nobody may use the event during or after the call.
 */
void tdsec_event_free(struct tdsec_event *event);

/**
 * Has `callback` called with every event of `severity` or worse from now on, instead of the one before; NULL for none.
 * When the function returns, the one before has been called with all that happened until then and is not called again;
 * unless it was called by that callback itself, which then was its last call. A forked child has no callback.
 *
 * Thread safety: may be called at any time from any thread.
 */
int32_t tdsec_log_set_callback(int32_t severity,
                               tdsec_log_callback callback,
                               void *user_data,
                               struct tdsec_error **error);

/**
 * The token, without blanks or line ends around it. The text is copied, and wiped after use. The last call counts.
 *
 * Thread safety: to be called in the callback that was given issued, from its thread.
 */
int32_t tdsec_issued_set_token(const struct tdsec_issued *issued,
                               const char *token,
                               struct tdsec_error **error);

/**
 * When it expires, in milliseconds since 1970-01-01 UTC. Default: what the other two say, else the option token_ttl.
 *
 * Thread safety: as tdsec_issued_set_token.
 */
int32_t tdsec_issued_set_expires_at(const struct tdsec_issued *issued,
                                    int64_t since_1970_ms,
                                    struct tdsec_error **error);

/**
 * How long it lives from its issue, in milliseconds.
 *
 * Thread safety: as tdsec_issued_set_token.
 */
int32_t tdsec_issued_set_ttl(const struct tdsec_issued *issued,
                             int64_t ttl_ms,
                             struct tdsec_error **error);

/**
 * When it was issued, in milliseconds since 1970-01-01 UTC. Default: now.
 *
 * Thread safety: as tdsec_issued_set_token.
 */
int32_t tdsec_issued_set_issued_at(const struct tdsec_issued *issued,
                                   int64_t since_1970_ms,
                                   struct tdsec_error **error);

/**
 * Fingerprints of earlier tokens that leaked, of twelve hexadecimal digits each, by comma or blank: pools leave those
 * tokens at once (OPS-6). Anything else is TDSEC_SOURCE_INVALID.
 *
 * Thread safety: as tdsec_issued_set_token.
 */
int32_t tdsec_issued_set_revoked(const struct tdsec_issued *issued,
                                 const char *fingerprints,
                                 struct tdsec_error **error);

/**
 * Why there is no token, for the error that callers of the pool get: a sentence without a secret. The text is copied.
 *
 * Thread safety: as tdsec_issued_set_token.
 */
int32_t tdsec_issued_set_problem(const struct tdsec_issued *issued,
                                 const char *problem,
                                 struct tdsec_error **error);

/**
 * All metrics of the process in Prometheus' text format 0.0.4, written to `buffer` as snprintf does: as much as fits
 * `capacity` and a NUL; the length of the whole text goes to `length`, which may be NULL. The text may be longer the next
 * time: give some room more.
 *
 * Thread safety: may be called at any time from any thread.
 */
int32_t tdsec_metrics(char *buffer,
                      size_t capacity,
                      size_t *length,
                      struct tdsec_error **error);

/**
 * Serves the metrics at http://ADDRESS/metrics. `address` is IP:port, such as `127.0.0.1:9464`, with port 0 for a free one.
 * One that is not loopback is refused by TDSEC_INVALID_ARGUMENT unless `danger_any_address` is true: there is neither
 * encryption nor a password. TDSEC_LISTEN_FAILED if the port is taken.
 *
 * Thread safety: may be called at any time from any thread, not in a callback of tdsec.
 */
int32_t tdsec_metrics_serve(const char *address,
                            bool danger_any_address,
                            struct tdsec_metrics_server **server,
                            struct tdsec_error **error);

/**
 * The port on which it listens; 0 for NULL.
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_metrics_server_free.
 */
uint16_t tdsec_metrics_server_port(const struct tdsec_metrics_server *server);

/**
 * Stops serving and frees it. NULL is fine.
 *
 * Thread safety: nobody may use the handle during or after the call.
 */
void tdsec_metrics_server_free(struct tdsec_metrics_server *server);

/**
 * Makes a pool and starts to fill it in the background. Does not wait; a server that is away is no error here. source
 * may be NULL: then the credential of the configuration is used for ever. Configuration and source may be freed at
 * once.
 *
 * Thread safety: may be called from any thread; several threads may use one configuration and one source at the same
 * time.
 */
int32_t tdsec_pool_new(const struct tdsec_config *config,
                       const struct tdsec_source *source,
                       struct tdsec_pool **pool,
                       struct tdsec_error **error);

/**
 * Lends a connection, which behaves as one opened directly: tdsec_connection_close, or tdsec_connection_free once its
 * results are freed too, gives it back. Waits for timeout_ms of the options, for acquire_timeout without options, not
 * at all with no_wait, and then answers TDSEC_ACQUIRE_TIMEOUT or what kept connections from being opened. options may
 * be NULL.
 *
 * Thread safety: may be called from several threads at the same time; they are served in the order of their calls. Not
 * to be called from a callback of tdsec.
 */
int32_t tdsec_pool_acquire(const struct tdsec_pool *pool,
                           const struct tdsec_acquire_options *options,
                           struct tdsec_connection **connection,
                           struct tdsec_error **error);

/**
 * Runs one SQL statement on some connection, which is given back when the rows have been read or the result is freed.
 *
 * If the connection breaks, a statement that only reads or was never sent is run again on another one; any other gives
 * an error of which tdsec_error_may_have_run tells. Once rows have come nothing is repeated.
 *
 * Thread safety: as tdsec_pool_acquire.
 */
int32_t tdsec_pool_query(const struct tdsec_pool *pool,
                         const char *sql,
                         struct tdsec_result **result,
                         struct tdsec_error **error);

/**
 * Runs one SQL statement on some connection, with options; NULL for the defaults. With `idempotent` it is run again
 * even if it may have run.
 *
 * Thread safety: as tdsec_pool_acquire.
 */
int32_t tdsec_pool_query_with(const struct tdsec_pool *pool,
                              const char *sql,
                              const struct tdsec_query_options *options,
                              struct tdsec_result **result,
                              struct tdsec_error **error);

/**
 * Runs a statement without rows on some connection and writes the number of rows it changed to *affected_rows, which
 * may be NULL. Rows, if there are any, are thrown away. Repeats as tdsec_pool_query does.
 *
 * Thread safety: as tdsec_pool_acquire.
 */
int32_t tdsec_pool_execute(const struct tdsec_pool *pool,
                           const char *sql,
                           uint64_t *affected_rows,
                           struct tdsec_error **error);

/**
 * Runs a statement without rows on some connection, with options; NULL for the defaults. With `idempotent` it is run
 * again even if it may have run. The rest is as in tdsec_pool_execute.
 *
 * Thread safety: as tdsec_pool_acquire.
 */
int32_t tdsec_pool_execute_with(const struct tdsec_pool *pool,
                                const char *sql,
                                const struct tdsec_query_options *options,
                                uint64_t *affected_rows,
                                struct tdsec_error **error);

/**
 * Waits until a connection is there, for programs that want to know at their start. Answers as tdsec_pool_acquire.
 *
 * Thread safety: as tdsec_pool_acquire.
 */
int32_t tdsec_pool_ready(const struct tdsec_pool *pool,
                         struct tdsec_error **error);

/**
 * Waits until a connection is there, with the options of tdsec_pool_acquire; NULL for the defaults. With no_wait it
 * tells whether one is there now.
 *
 * Thread safety: as tdsec_pool_acquire.
 */
int32_t tdsec_pool_ready_with(const struct tdsec_pool *pool,
                              const struct tdsec_acquire_options *options,
                              struct tdsec_error **error);

/**
 * What there is at the moment. Does not wait.
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_pool_free.
 */
int32_t tdsec_pool_status(const struct tdsec_pool *pool,
                          struct tdsec_pool_counts *counts,
                          struct tdsec_error **error);

/**
 * Asks the source for the next token now, instead of when it is due. Does not wait for it. Nothing happens without a
 * source.
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_pool_free.
 */
int32_t tdsec_pool_rotate(const struct tdsec_pool *pool,
                          struct tdsec_error **error);

/**
 * The token in use, the newest one, has leaked: takes every connection off it within seconds. The pool goes back to the
 * token before while the grace period of that lasts, else it waits for another one of the source. Statements still
 * running after three seconds end with TDSEC_TOKEN_REVOKED. The server still takes the token: drop it there too. Does
 * not wait. Nothing happens without a source.
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_pool_free.
 */
int32_t tdsec_pool_revoke(const struct tdsec_pool *pool,
                          struct tdsec_error **error);

/**
 * The name of the pool in events and metrics: the option pool_name, or pool-1, pool-2, …. Lives as long as the pool.
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_pool_free.
 */
const char *tdsec_pool_name(const struct tdsec_pool *pool);

/**
 * How long the token in use still lives, in seconds; -1 without a source, before the first token, and while
 * none is in use because it was refused or revoked.
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_pool_free.
 */
double tdsec_pool_token_seconds_left(const struct tdsec_pool *pool);

/**
 * True after tdsec_pool_close, and for NULL.
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_pool_free.
 */
bool tdsec_pool_is_closed(const struct tdsec_pool *pool);

/**
 * Closes what is at rest at once and what is lent when it comes back. Waits until all of it is closed, for timeout_ms
 * at most; then what is still lent is cut, and statements under way on it get TDSEC_CLOSED. Who waits for a connection
 * gets TDSEC_CLOSED. Idempotent.
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_pool_free. Not to be called from
 * a callback of tdsec.
 */
int32_t tdsec_pool_close(const struct tdsec_pool *pool,
                         int64_t timeout_ms,
                         struct tdsec_error **error);

/**
 * Frees the pool. Without tdsec_pool_close before, it closes in the background; connections that are lent stay usable
 * and close when they are given back. NULL is fine.
 *
 * Thread safety: nobody may use the pool during or after the call. May be called from a callback.
 */
void tdsec_pool_free(struct tdsec_pool *pool);

/**
 * True for a statement without rows (INSERT, DDL, USE).
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_result_free.
 */
bool tdsec_result_is_update(const struct tdsec_result *result);

/**
 * The number of rows a statement without rows changed; 0 for one with rows.
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_result_free.
 */
uint64_t tdsec_result_affected_rows(const struct tdsec_result *result);

/**
 * The number of columns; 0 for a statement without rows.
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_result_free.
 */
size_t tdsec_result_columns(const struct tdsec_result *result);

/**
 * The unit of every TIMESTAMP of the result: TDSEC_MILLISECOND, TDSEC_MICROSECOND or TDSEC_NANOSECOND.
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_result_free.
 */
int32_t tdsec_result_precision(const struct tdsec_result *result);

/**
 * Describes the column at index, which counts from 0, in *field.
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_result_free.
 */
int32_t tdsec_result_field(const struct tdsec_result *result,
                           size_t index,
                           struct tdsec_field *field,
                           struct tdsec_error **error);

/**
 * Waits for the next block of rows, at least one row long. *block is NULL at the end, and for a statement without rows.
 * The block is independent of the result; tdsec_block_free frees it.
 *
 * Thread safety: may be called from any thread; while one call reads, another gets TDSEC_INVALID_ARGUMENT. Not to be
 * called from a callback of tdsec.
 */
int32_t tdsec_result_next_block(const struct tdsec_result *result,
                                struct tdsec_block **block,
                                struct tdsec_error **error);

/**
 * Frees on the server what was not read; further reads answer TDSEC_CLOSED. Idempotent; does not wait, and does not
 * interrupt a read that is under way.
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_result_free.
 */
int32_t tdsec_result_close(const struct tdsec_result *result,
                           struct tdsec_error **error);

/**
 * Frees the result, and on the server what was not read. Blocks and streams made from it stay. NULL is fine.
 *
 * Thread safety: nobody may use the result during or after the call; a read with a callback may be under way.
 */
void tdsec_result_free(struct tdsec_result *result);

/**
 * Begins a source of a kind: static, env, file, nacos, vault, kubernetes and the others of docs/sources.md.
 *
 * Thread safety: may be called at any time from any thread.
 */
int32_t tdsec_source_new(const char *kind,
                         struct tdsec_source **source,
                         struct tdsec_error **error);

/**
 * Adds an option of the kind; docs/sources.md lists them. An unknown name is refused at once, the values are judged
 * together when a pool or a chain takes the source, and from then on it takes no more options. A refused option leaves
 * the source as it was.
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_source_free.
 */
int32_t tdsec_source_set(const struct tdsec_source *source,
                         const char *name,
                         const char *value,
                         struct tdsec_error **error);

/**
 * Adds an option whose value is a certificate, a key or a list as bytes: PEM, DER or PKCS#12. The bytes are copied.
 *
 * Thread safety: as tdsec_source_set.
 */
int32_t tdsec_source_set_bytes(const struct tdsec_source *source,
                               const char *name,
                               const uint8_t *bytes,
                               size_t length,
                               struct tdsec_error **error);

/**
 * Makes a source of one text, as configuration files have it: `file:/run/secrets/token`, or
 * `kind:option=value;option=value`. docs/sources.md has an example of each kind.
 *
 * Thread safety: may be called at any time from any thread.
 */
int32_t tdsec_source_parse(const char *text,
                           struct tdsec_source **source,
                           struct tdsec_error **error);

/**
 * Makes a source of a function of the program, which is asked whenever a token is due. timeout_ms is how long a call
 * may take, 0 for 30 seconds; a pool waits for a minute at most.
 *
 * user_data is handed to the callback as it is. free_user_data, which may be NULL, gets it once, when nothing can call
 * the callback any more: the handle is freed, every pool with the source has ended, and a call that was under way has
 * returned. If this function fails, it is not called. A forked child that frees its handles calls it for its own copy.
 *
 * Thread safety: may be called at any time from any thread.
 */
int32_t tdsec_source_new_callback(tdsec_token_callback callback,
                                  void *user_data,
                                  tdsec_free_callback free_user_data,
                                  int64_t timeout_ms,
                                  struct tdsec_source **source,
                                  struct tdsec_error **error);

/**
 * Makes a source of several: they are asked in turn, and the first that gives a token counts. The sources may be freed
 * at once.
 *
 * Thread safety: as tdsec_source_set, for each of the sources.
 */
int32_t tdsec_source_chain(const struct tdsec_source *const *sources,
                           size_t count,
                           struct tdsec_source **chain,
                           struct tdsec_error **error);

/**
 * Frees the source and wipes its secrets. Pools and chains made with it keep what they need. NULL is fine.
 *
 * Thread safety: nobody may use the source during or after the call.
 */
void tdsec_source_free(struct tdsec_source *source);

/**
 * Makes a token that logs in as user and lives for ttl_days days, 0 for ever; options may be NULL. Waits for the
 * server's answer; in a cluster it may take seconds until the token can be used. The token is told this once.
 *
 * A name has at most 31 letters, digits and underscores and does not begin with a digit; what cannot be a name or a
 * user is TDSEC_INVALID_ARGUMENT, and nothing is sent. TDSEC_SERVER_ERROR if the name is taken or the user has as many
 * tokens as it may have; TDSEC_PERMISSION_DENIED; TDSEC_NOT_SUPPORTED of a server without tokens, which are of TDengine
 * Enterprise 3.4 and newer.
 *
 * Thread safety: as tdsec_connection_query.
 */
int32_t tdsec_token_create(const struct tdsec_connection *connection,
                           const char *name,
                           const char *user,
                           uint32_t ttl_days,
                           const struct tdsec_token_options *options,
                           struct tdsec_token **token,
                           struct tdsec_error **error);

/**
 * The token itself, a secret, for the option bearer_token and for tdsec_issued_set_token. Lives as long as the handle.
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_token_free.
 */
const char *tdsec_token_reveal(const struct tdsec_token *token);

/**
 * Twelve hexadecimal digits that stand for the token in logs, events and metrics. Lives as long as the handle.
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_token_free.
 */
const char *tdsec_token_fingerprint(const struct tdsec_token *token);

/**
 * When it was issued by the clock of this machine, in milliseconds since 1970-01-01 UTC; -1 for NULL.
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_token_free.
 */
int64_t tdsec_token_issued_at(const struct tdsec_token *token);

/**
 * When it ends, in milliseconds since 1970-01-01 UTC; -1 if never, and for NULL.
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_token_free.
 */
int64_t tdsec_token_expires_at(const struct tdsec_token *token);

/**
 * Wipes and frees what was made; the server keeps its token. NULL is fine.
 *
 * Thread safety: nobody may use the handle during or after the call.
 */
void tdsec_token_free(struct tdsec_token *token);

/**
 * Allows the use of the token with this name.
 *
 * Thread safety: as tdsec_connection_query.
 */
int32_t tdsec_token_enable(const struct tdsec_connection *connection,
                           const char *name,
                           struct tdsec_error **error);

/**
 * Forbids the use of the token with this name: logins with it get TDSEC_TOKEN_DISABLED. Sessions that are open go on.
 *
 * Thread safety: as tdsec_connection_query.
 */
int32_t tdsec_token_disable(const struct tdsec_connection *connection,
                            const char *name,
                            struct tdsec_error **error);

/**
 * The token with this name lives for so many days from now on, 0 for ever.
 *
 * Thread safety: as tdsec_connection_query.
 */
int32_t tdsec_token_set_ttl(const struct tdsec_connection *connection,
                            const char *name,
                            uint32_t days,
                            struct tdsec_error **error);

/**
 * Removes the token with this name for ever; one that is not there is no error. Sessions that are open go on.
 *
 * Thread safety: as tdsec_connection_query.
 */
int32_t tdsec_token_drop(const struct tdsec_connection *connection,
                         const char *name,
                         struct tdsec_error **error);

/**
 * All tokens that the user of the connection may see: root everybody's, others their own. None on a server without
 * tokens. tdsec_tokens_free frees the list.
 *
 * Thread safety: as tdsec_connection_query.
 */
int32_t tdsec_token_list(const struct tdsec_connection *connection,
                         struct tdsec_tokens **tokens,
                         struct tdsec_error **error);

/**
 * How many there are.
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_tokens_free.
 */
size_t tdsec_tokens_count(const struct tdsec_tokens *tokens);

/**
 * Name of token number `index`, unique in the cluster; NULL past the last one. Lives as long as the list.
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_tokens_free.
 */
const char *tdsec_tokens_name(const struct tdsec_tokens *tokens,
                              size_t index);

/**
 * Whom token number `index` logs in; NULL past the last one. Lives as long as the list.
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_tokens_free.
 */
const char *tdsec_tokens_user(const struct tdsec_tokens *tokens, size_t index);

/**
 * Who made token number `index`, often empty; NULL past the last one. Lives as long as the list.
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_tokens_free.
 */
const char *tdsec_tokens_provider(const struct tdsec_tokens *tokens, size_t index);

/**
 * Free text of token number `index`, often empty; NULL past the last one. Lives as long as the list.
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_tokens_free.
 */
const char *tdsec_tokens_extra_info(const struct tdsec_tokens *tokens,
                                    size_t index);

/**
 * Whether token number `index` may be used; false past the last one.
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_tokens_free.
 */
bool tdsec_tokens_is_enabled(const struct tdsec_tokens *tokens, size_t index);

/**
 * When token number `index` was made, in milliseconds since 1970-01-01 UTC; -1 if unknown and past the last one.
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_tokens_free.
 */
int64_t tdsec_tokens_created_at(const struct tdsec_tokens *tokens,
                                size_t index);

/**
 * When token number `index` ends, in milliseconds since 1970-01-01 UTC; -1 if never and past the last one.
 *
 * Thread safety: may be called from any thread at the same time as anything but tdsec_tokens_free.
 */
int64_t tdsec_tokens_expires_at(const struct tdsec_tokens *tokens,
                                size_t index);

/**
 * Frees the list. NULL is fine.
 *
 * Thread safety: nobody may use the list during or after the call.
 */
void tdsec_tokens_free(struct tdsec_tokens *tokens);

/**
 * The version of the release, such as `0.1.0`, as a constant string.
 *
 * Thread safety: may be called at any time from any thread.
 */
const char *tdsec_version(void);

/**
 * The number of the ABI this library has. It equals TDSEC_ABI_VERSION of the header a program was compiled with,
 * or the program must not use the library.
 *
 * Thread safety: may be called at any time from any thread.
 */
uint32_t tdsec_abi_version(void);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* TDSEC_H */
