/* Windows has no signals to send: Ctrl-C is an event of a console, for all programs in it.
 *
 *     interrupt SECONDS -- COMMAND...
 *
 * runs the command with this program's input and output in a console of their own, and types Ctrl-C after
 * the seconds. Ends with the command's exit code, or 99 if the command goes on for ten seconds more. */
#include <stdlib.h>
#include <windows.h>

int wmain(int count, wchar_t** words) {
    STARTUPINFOW start = {sizeof start};
    PROCESS_INFORMATION child;
    DWORD code = 99;
    const wchar_t* command = wcsstr(GetCommandLineW(), L" -- ");
    wchar_t* line = command == NULL ? NULL : _wcsdup(command + 4);
    if (count < 4 || line == NULL) return 2;
    start.dwFlags = STARTF_USESTDHANDLES;
    start.hStdInput = GetStdHandle(STD_INPUT_HANDLE);
    start.hStdOutput = GetStdHandle(STD_OUTPUT_HANDLE);
    start.hStdError = GetStdHandle(STD_ERROR_HANDLE);
    FreeConsole();
    if (!AllocConsole()) return 97;
    if (!CreateProcessW(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &start, &child)) return 98;
    Sleep(1000 * (DWORD)_wtoi(words[1]));
    SetConsoleCtrlHandler(NULL, TRUE); /* not this program */
    GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0);
    WaitForSingleObject(child.hProcess, 10000);
    GetExitCodeProcess(child.hProcess, &code);
    if (code == STILL_ACTIVE) TerminateProcess(child.hProcess, 99);
    return code == STILL_ACTIVE ? 99 : (int)code;
}
