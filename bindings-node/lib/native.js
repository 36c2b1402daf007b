'use strict';

// The addon, built from Rust: `./build.sh` puts it here.
module.exports = require('../tdsec.node');
