#include "export/namespace_name.hpp"

#include <algorithm>
#include <iterator>

namespace reinflection {

namespace {

/// C++20's keywords and the words that stand for signs, between blanks.
constexpr std::string_view keywords =
    " alignas alignof and and_eq asm auto bitand bitor bool break case catch char char16_t "
    "char32_t char8_t class co_await co_return co_yield compl concept const const_cast consteval "
    "constexpr constinit continue decltype default delete do double dynamic_cast else enum "
    "explicit "
    "export extern false float for friend goto if inline int long mutable namespace new noexcept "
    "not not_eq nullptr operator or or_eq private protected public register reinterpret_cast "
    "requires return short signed sizeof static static_assert static_cast struct switch template "
    "this thread_local throw true try typedef typeid typename union unsigned using virtual void "
    "volatile wchar_t while xor xor_eq ";

/// What <math.h> declares, each also with f and l behind it.
constexpr std::string_view functions_of_numbers =
    " acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh erf erfc exp exp2 expm1 "
    "fabs fdim floor fma fmax fmin fmod frexp hypot ilogb ldexp lgamma llrint llround log log10 "
    "log1p log2 logb lrint lround modf nan nearbyint nextafter nexttoward pow remainder remquo "
    "rint "
    "round scalbln scalbn sin sinh sqrt tan tanh tgamma trunc ";

/// What the other headers of C declare, and macros without capitals.
constexpr std::string_view names_of_c =
    " abort abs aligned_alloc asctime assert at_quick_exit atexit atof atoi atol atoll bsearch "
    "btowc calloc clearerr clock clock_t ctime difftime div div_t errno exit fclose feof ferror "
    "fflush fgetc fgetpos fgets fgetwc fgetws fopen fpclassify fprintf fputc fputs fputwc fputws "
    "fread free freopen fscanf fseek fsetpos ftell fwide fwprintf fwrite fwscanf getc getchar "
    "getenv gets getwc getwchar gmtime imaxabs imaxdiv int16_t int32_t int64_t int8_t intmax_t "
    "intptr_t isalnum isalpha isblank iscntrl isdigit isfinite isgraph isgreater isinf isless "
    "islower isnan isnormal isprint ispunct isspace isunordered isupper iswalnum iswalpha iswblank "
    "iswcntrl iswctype iswdigit iswgraph iswlower iswprint iswpunct iswspace iswupper iswxdigit "
    "isxdigit jmp_buf labs lconv ldiv linux llabs lldiv localeconv localtime longjmp malloc "
    "max_align_t mblen mbrlen mbrtowc mbsinit mbsrtowcs mbstate_t mbstowcs mbtowc memchr memcmp "
    "memcpy memmove memset mktime offsetof perror printf ptrdiff_t putc putchar puts putwc "
    "putwchar "
    "qsort quick_exit raise rand realloc remove rename rewind scanf setbuf setjmp setlocale "
    "setvbuf "
    "signal signbit size_t snprintf sprintf srand sscanf stderr stdin stdout strcat strchr strcmp "
    "strcoll strcpy strcspn strerror strftime strlen strncat strncmp strncpy strpbrk strrchr "
    "strspn "
    "strstr strtod strtof strtoimax strtok strtol strtold strtoll strtoul strtoull strtoumax "
    "strxfrm "
    "swprintf swscanf system time time_t timespec timespec_get tm tmpfile tmpnam tolower toupper "
    "towctrans towlower towupper uint16_t uint32_t uint64_t uint8_t uintmax_t uintptr_t ungetc "
    "ungetwc unix va_arg va_copy va_end va_list va_start vfprintf vfscanf vfwprintf vfwscanf "
    "vprintf "
    "vscanf vsnprintf vsprintf vsscanf vswprintf vswscanf vwprintf vwscanf wcrtomb wcscat wcschr "
    "wcscmp wcscoll wcscpy wcscspn wcsftime wcslen wcsncat wcsncmp wcsncpy wcspbrk wcsrchr "
    "wcsrtombs "
    "wcsspn wcsstr wcstod wcstof wcstoimax wcstok wcstol wcstold wcstoll wcstombs wcstoul wcstoull "
    "wcstoumax wcsxfrm wctob wctomb wctrans wctrans_t wctype wctype_t wint_t wmemchr wmemcmp "
    "wmemcpy "
    "wmemmove wmemset wprintf wscanf BUFSIZ EDOM EILSEQ EOF ERANGE FILE INFINITY NAN NULL "
    "SIGABRT SIGFPE SIGILL SIGINT SIGSEGV SIGTERM WEOF ";

/// How macros of C in capitals begin and end: M_PI, INT_MAX.
constexpr std::string_view begins_of_macros[] = {"ATOMIC_", "DBL_",  "EXIT_", "FE_",   "FLT_",
                                                 "FP_",     "HUGE_", "LC_",   "LDBL_", "MATH_",
                                                 "M_",      "SEEK_", "SIG_"};
constexpr std::string_view ends_of_macros[] = {"_BIT", "_MAX", "_MIN", "_WIDTH"};

bool holds(std::string_view words, std::string_view word) {
  return words.find(" " + std::string(word) + " ") != words.npos;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

bool is_identifier(std::string_view name) {
  return !name.empty() && is_letter(name.front()) &&
         std::all_of(name.begin(), name.end(), [](char c) { return is_letter(c) || is_digit(c); });
}

/// `std`, `std20` and `posix` are for the library of C++, and `main` is a function.
bool is_of_cpp(std::string_view name) {
  if (name == "main" || name == "posix") return true;
  return name.starts_with("std") && std::all_of(name.begin() + 3, name.end(), is_digit);
}

bool is_macro(std::string_view name) {
  const auto is_small = [](char c) { return c >= 'a' && c <= 'z'; };
  if (std::any_of(name.begin(), name.end(), is_small)) return false;
  return std::any_of(std::begin(begins_of_macros), std::end(begins_of_macros),
                     [&](std::string_view begin) { return name.starts_with(begin); }) ||
         std::any_of(std::begin(ends_of_macros), std::end(ends_of_macros),
                     [&](std::string_view end) { return name.ends_with(end); });
}

bool is_of_c(std::string_view name) {
  if (is_macro(name)) return true;
  if (holds(names_of_c, name) || holds(functions_of_numbers, name)) return true;
  return !name.empty() && (name.back() == 'f' || name.back() == 'l') &&
         holds(functions_of_numbers, name.substr(0, name.size() - 1));
}

}  // namespace

std::string fault_of_namespace(std::string_view name) {
  if (!is_identifier(name)) return "letters, digits and _, the first no digit";
  if (holds(keywords, name)) return "a name: this is a keyword of C++";
  if (name.front() == '_' || name.find("__") != name.npos) {
    return "a name without _ at its begin and without two together: such names are reserved";
  }
  if (is_of_cpp(name)) return "a name that C++ leaves free";
  if (is_of_c(name)) return "a name that the library of C does not have";
  if (name.starts_with("vaecollapse")) return "a name that is not of this library";
  return "";
}

}  // namespace reinflection
