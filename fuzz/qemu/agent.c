/*
 * The agent: loaded into a QEMU process, it calls QEMU's own memory functions as it is told.
 *
 * It reads commands, a line each, from the file descriptor that FLATVIEW_AGENT names, and answers each
 * with lines that end in one of a single dot. A `scenario` is carried out in a fork of the process,
 * so that it begins with nothing made, and an abort of QEMU ends that scenario alone.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent.h"

enum { LONGEST_LINE = 1 << 16, POLL_MICROSECONDS = 500 };

FILE *out;
static int channel;

_Noreturn void abandon(const char *why)
{
    fprintf(out, "fault %s\n.\n", why);
    fflush(out);
    _exit(2);
}

static Words split(char *line)
{
    Words words = { 0 };
    for (char *word = strtok(line, " \n"); word && words.count < MOST_WORDS;
         word = strtok(NULL, " \n")) {
        words.text[words.count] = word;
        words.number[words.count++] = strtoull(word, NULL, 0);
    }
    return words;
}

/* Reads no further than the line, since what follows is for a fork. */
static bool read_word(char *line, size_t room)
{
    for (size_t length = 0; length + 1 < room; length++) {
        if (read(channel, line + length, 1) != 1) {
            return false;
        }
        if (line[length] == '\n') {
            line[length] = 0;
            return true;
        }
    }
    return false;
}

static void carry_out_scenario(void)
{
    static char line[LONGEST_LINE];
    FILE *in = fdopen(channel, "r");
    tcg_allowed = false; /* which would have all RAM logged for translated code */
    register_serial_listener();
    while (fgets(line, sizeof(line), in)) {
        Words words = split(line);
        if (words.count && !strcmp(words.text[0], "end")) {
            break;
        }
        if (!words.count || !(region_command(&words) || device_command(&words) ||
                              listener_command(&words) || access_command(&words))) {
            abandon("unknown command");
        }
        fprintf(out, ".\n");
        fflush(out);
    }
    _exit(0);
}

static void *serve(void *nothing)
{
    static char line[64];
    while (!phase_check(PHASE_MACHINE_READY)) {
        usleep(POLL_MICROSECONDS);
    }
    rcu_register_thread();
    rcu_enable_atfork(); /* so that a fork has an RCU thread of its own */
    qemu_mutex_lock_iothread_impl(__FILE__, __LINE__);
    register_iommu_type();
    fprintf(out, "ready\n.\n");
    fflush(out);
    while (read_word(line, sizeof(line)) && !strcmp(line, "scenario")) {
        int status = 0;
        pid_t child = fork();
        if (child == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            carry_out_scenario();
        }
        waitpid(child, &status, 0);
        fprintf(out, "ended %d %d\n.\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1,
                WIFSIGNALED(status) ? WTERMSIG(status) : 0);
        fflush(out);
    }
    _exit(0);
}

__attribute__((constructor)) static void start(void)
{
    const char *descriptor = getenv("FLATVIEW_AGENT");
    pthread_t thread;
    if (!descriptor) {
        return;
    }
    unsetenv("LD_PRELOAD");
    unsetenv("FLATVIEW_AGENT");
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    channel = atoi(descriptor);
    out = fdopen(channel, "w");
    pthread_create(&thread, NULL, serve, NULL);
}
