/* planted leak|overrun|overflow: what the tools that watch the other programs have to find. */
#include "check.h"

int main(int count, char **arguments) {
    volatile int big = 2147483647;
    CHECK(count == 2);
    if (strcmp(arguments[1], "leak") == 0) {
        tdsec_config *config = NULL;
        OK(tdsec_config_new("wss://localhost", &config, &error));
        config = NULL; /* the only pointer to it */
    } else if (strcmp(arguments[1], "overrun") == 0) {
        tdsec_error *error = NULL;
        CHECK(tdsec_config_check(NULL, &error) == TDSEC_INVALID_ARGUMENT);
        const char *text = tdsec_error_text(error);
        tdsec_error_free(error);
        volatile char first = text[0]; /* memory of the library, freed */
        (void)first;
    } else {
        big = big + count;
    }
    puts("done");
    return 0;
}
