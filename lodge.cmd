@echo off
rem Starts Lodge on Windows, after building what is missing or older than the sources. LODGE_JAVA_HOME names the JDK to
rem build with, LODGE_JAVA_OPTIONS adds JVM options, LODGE_BUILD names another output folder than target.
setlocal EnableExtensions DisableDelayedExpansion
set "top=%~dp0"
set "top=%top:~0,-1%"
if not defined LODGE_BUILD set "LODGE_BUILD=target"
set "folder=%top%\%LODGE_BUILD%\lodge"

call :fresh
if not errorlevel 1 goto start
call :build
if errorlevel 1 exit /b 1
call :image
if errorlevel 1 (
    echo lodge: the build left no image in %folder% 1>&2
    exit /b 1
)

:start
set "compiler=-XX:TieredStopAtLevel=1"
if "%~1"=="run" set "compiler="
if "%~1"=="demo" set "compiler="
set "cache=lodge.aot"
for %%v in (version --version -V) do if "%~1"=="%%v" set "cache=version.aot"
"%folder%\%image%\bin\java.exe" "-XX:AOTCache=%folder%\%image%\%cache%" "@%folder%\%image%\lodge.options" %compiler% %LODGE_JAVA_OPTIONS% --module lodge.launcher/lodge.launcher.Main %*
exit /b %errorlevel%

rem Sets image, the name of the folder to start from.
:image
set "image="
if exist "%folder%\current" set /p image=<"%folder%\current"
if not defined image exit /b 1
if not exist "%folder%\%image%\bin\java.exe" exit /b 1
exit /b 0

rem Whether there is an image, and nothing it was built from has changed, appeared or gone since. The names travel in
rem the environment, where no character is special.
:fresh
call :image
if errorlevel 1 exit /b 1
powershell -NoProfile -NonInteractive -Command "$t = (Get-Item -LiteralPath ($env:folder + '\current')).LastWriteTimeUtc; $m = Get-ChildItem -LiteralPath $env:top -Directory | Where-Object { $_.Name -ne 'tests' -and (Test-Path -LiteralPath ($_.FullName + '\pom.xml')) }; $p = @(($env:top + '\pom.xml'), ($env:top + '\.mvn')) + @($m | ForEach-Object { ($_.FullName + '\pom.xml'); ($_.FullName + '\src\main') }) | Where-Object { Test-Path -LiteralPath $_ }; $n = @(Get-Item -LiteralPath $p -Force) + @(Get-ChildItem -LiteralPath $p -Recurse -Force) | Where-Object { $_.LastWriteTimeUtc -gt $t } | Select-Object -First 1; if ($n) { exit 1 } else { exit 0 }"
exit /b %errorlevel%

:build
call :jdk
if not defined jdk (
    echo lodge: no JDK 25 or newer found. Install one, for example: winget install EclipseAdoptium.Temurin.25.JDK 1>&2
    echo lodge: or name it in LODGE_JAVA_HOME. 1>&2
    exit /b 1
)
where /q mvn
if errorlevel 1 (
    echo lodge: Maven, which builds Lodge, is not on the PATH. Install it, or unpack its archive and add its bin folder to the PATH. 1>&2
    exit /b 1
)
if not exist "%folder%" mkdir "%folder%"
if not exist "%folder%" (
    echo lodge: cannot write to %folder%, where Lodge builds itself. 1>&2
    exit /b 1
)
rem A folder is the lock: only one process can make it. A build that was killed leaves it behind.
set /a waited=0
:lock
mkdir "%folder%\lock.d" 2>nul
if not errorlevel 1 goto locked
if %waited%==0 echo lodge: waiting for another build of Lodge; if there is none, delete %folder%\lock.d 1>&2
set /a waited+=1
if %waited% gtr 600 exit /b 1
ping -n 2 127.0.0.1 >nul
goto lock
:locked
call :fresh
if not errorlevel 1 goto unlock
echo lodge: building (the first time takes a minute); details in %folder%\build.log 1>&2
set "JAVA_HOME=%jdk%"
call mvn --batch-mode --file "%top%\pom.xml" -Dquick -Dmaven.test.skip "-Dlodge.build=%LODGE_BUILD%" --projects launcher --also-make package <nul >"%folder%\build.log" 2>&1
if errorlevel 1 (
    findstr /b /c:"[ERROR] " "%folder%\build.log" 1>&2
    echo lodge: the build failed; all of it is in %folder%\build.log 1>&2
    rmdir "%folder%\lock.d"
    exit /b 1
)
:unlock
rmdir "%folder%\lock.d"
exit /b 0

rem Sets jdk to the first complete JDK that is new enough.
:jdk
set "jdk="
if defined LODGE_JAVA_HOME call :try "%LODGE_JAVA_HOME%"
if defined JAVA_HOME call :try "%JAVA_HOME%"
for /f "delims=" %%j in ('where javac 2^>nul') do call :try "%%~dpj.."
for %%p in ("%ProgramFiles%\Eclipse Adoptium" "%ProgramFiles%\Java" "%ProgramFiles%\Microsoft" "%ProgramFiles%\Zulu" "%ProgramFiles%\Amazon Corretto" "%USERPROFILE%\.jdks") do (
    if exist "%%~p" for /d %%j in ("%%~p\*") do call :try "%%~j"
)
exit /b 0

:try
if defined jdk exit /b 0
if not exist "%~1\bin\javac.exe" exit /b 0
if not exist "%~1\release" exit /b 0
for /f "tokens=2 delims==" %%v in ('findstr /b "JAVA_VERSION=" "%~1\release"') do (
    for /f "tokens=1 delims=." %%m in ("%%~v") do if %%m geq 25 set "jdk=%~f1"
)
exit /b 0
