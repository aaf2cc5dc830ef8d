using System.Runtime.InteropServices;

namespace EventBus.Ceilings;

/// <summary>
/// Linux, called directly: a managed socket's completion costs a thread pool hop, several times the system call itself, and a load
/// generator's cost comes out of the same two cores as what it measures.
/// </summary>
internal static unsafe partial class Libc
{
    private const string Library = "libc";

    public const int Readable = 1, Writable = 4;
    public const int Add = 1, Modify = 3;
    public const int TryAgain = 11;
    public const int NoSignal = 0x4000;

    /// <summary><c>struct epoll_event</c> is packed on x86-64 only.</summary>
    public static readonly int EventSize = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;

    /// <summary>Where the user data of an <c>epoll_event</c> lies.</summary>
    public static readonly int EventData = EventSize - 8;

    [LibraryImport(Library, SetLastError = true)]
    public static partial int epoll_create1(int flags);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int epoll_ctl(int poll, int operation, int descriptor, byte* @event);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int epoll_pwait2(int poll, byte* events, int most, Timespec* timeout, void* signals);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint send(int descriptor, byte* bytes, nuint length, int flags);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint recv(int descriptor, byte* bytes, nuint length, int flags);

    [LibraryImport(Library)]
    public static partial int nanosleep(Timespec* time, Timespec* remaining);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int kill(int process, int signal);

    public static void Sleep(long micros)
    {
        var time = Timespec.FromMicros(micros);
        _ = nanosleep(&time, null);
    }
}

/// <summary><c>struct timespec</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Timespec
{
    public long Seconds;
    public long Nanoseconds;

    public static Timespec FromMicros(long micros) => new() { Seconds = micros / 1_000_000, Nanoseconds = micros % 1_000_000 * 1000 };
}
