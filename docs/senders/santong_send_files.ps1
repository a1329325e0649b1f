# Sends the files of a folder to Santong, the oldest first; needs PowerShell 3 and no module.
# Unverified: parsed by a grammar and read beside santong_send_files.py; no test runs it.
#     powershell -File santong_send_files.ps1 -Config files.json [-Once]
#
# A file goes in parts and on from where it was cut off. What was acknowledged stands in the file
# "state"; a file that changes later is sent again. The same configuration as of the other.
param([Parameter(Mandatory)][string]$Config, [switch]$Once)
Set-StrictMode -Version 2; $ErrorActionPreference = 'Stop'
[Net.ServicePointManager]::SecurityProtocol = [Net.SecurityProtocolType]::Tls12
$utf8 = New-Object Text.UTF8Encoding($false)
$conf = [IO.File]::ReadAllText($Config, $utf8) | ConvertFrom-Json
$secret = $utf8.GetBytes([IO.File]::ReadAllText($conf.key_file, $utf8).Trim())
$script:offset = 0; $wait = 1

function Option($name, $default) { if ($conf.PSObject.Properties[$name]) { $conf.$name } else { $default } }
function Now { [long][Math]::Floor(([DateTime]::UtcNow - [DateTime]'1970-01-01').TotalSeconds) }
function Hex($bytes) { ([BitConverter]::ToString($bytes) -replace '-', '').ToLower() }
function Mark($file) { $file.Refresh(); "$($file.Length)/$($file.LastWriteTimeUtc.Ticks)" }
function Post($head, [byte[]]$body) {
    $batch = [Convert]::ToBase64String($utf8.GetBytes(($head | ConvertTo-Json -Compress)))
    $hmac = New-Object Security.Cryptography.HMACSHA256(, $secret)
    $signed = $utf8.GetBytes("POST`n$(([Uri]$conf.url).AbsolutePath)`n$batch")
    $request = [Net.WebRequest]::Create($conf.url)
    $request.Method = 'POST'; $request.Timeout = 60000; $request.ContentLength = $body.Length
    $request.Headers['Santong-Batch'] = $batch
    $request.Headers['Santong-Signature'] = Hex $hmac.ComputeHash($signed)
    try {
        $out = $request.GetRequestStream(); $out.Write($body, 0, $body.Length); $out.Close()
        $answer = $request.GetResponse()
    } catch [Net.WebException] { $answer = $_.Exception.Response; if (-not $answer) { throw } }
    $text = (New-Object IO.StreamReader($answer.GetResponseStream(), $utf8)).ReadToEnd() | ConvertFrom-Json
    $status = [int]$answer.StatusCode; $answer.Close()
    if ($status -eq 200) { @{ status = 200; told = $text } } else { @{ status = $status; told = $text.errors[0].extensions } }
}
function Waiting {
    $settled = [DateTime]::UtcNow.AddSeconds(-(Option 'settle' 60))
    $all = Get-ChildItem -Path (Join-Path $conf.folder (Option 'pattern' '*')) | Where-Object { -not $_.PSIsContainer }
    $new = $all | Where-Object { $_.LastWriteTimeUtc -le $settled -and $state[$_.Name] -ne (Mark $_) }
    $new | Sort-Object -Property @('LastWriteTimeUtc', 'Name')
}
function Send($file) {
    $before = Mark $file; $at = [long]0; $tries = 0; $whole = $false
    $sha = [Security.Cryptography.SHA256]::Create()
    $stream = New-Object IO.FileStream($file.FullName, [IO.FileMode]::Open, [IO.FileAccess]::Read, [IO.FileShare]::ReadWrite)
    try {
        $digest = Hex $sha.ComputeHash($stream); $size = $stream.Length
        $buffer = New-Object byte[] (Option 'part' 1000000)
        while (-not $whole) {
            [void]$stream.Seek($at, [IO.SeekOrigin]::Begin)
            $count = 0; $body = New-Object byte[] 0
            while ($count -lt $buffer.Length) {
                $read = $stream.Read($buffer, $count, $buffer.Length - $count)
                if ($read -eq 0) { break }
                $count += $read
            }
            if ($count -gt 0) { $body = New-Object byte[] $count; [Array]::Copy($buffer, $body, $count) }
            $head = [ordered]@{ sender = $conf.sender; file = $file.Name; size = $size; sha256 = $digest
                offset = $at; time = (Now) + $script:offset; part = (Hex $sha.ComputeHash($body)) }
            $got = Post $head $body; $told = $got.told
            if ($got.status -eq 200) { $whole = $told.whole; $at = [long]$told.offset; $tries = 0 }
            elseif ($got.status -eq 409 -and $tries -lt 3) { $at = [long]$told.wanted; $tries++ }  # theirs counts
            elseif ($got.status -eq 429) { Start-Sleep -Seconds $told.retryAfter }
            elseif ($told.code -eq 'INBOX_CLOCK' -and [Math]::Abs($told.time - $head.time) -gt 60) { $script:offset = $told.time - (Now) }
            else { throw "refused: $($file.Name): $($got.status) $($told.code)" }
        }
    } finally { $stream.Close() }
    if ((Mark $file) -ne $before) { throw "$($file.Name) changed while it was sent" }
    Write-Host $file.Name $size 'bytes'
    $before
}
$state = @{}
if (Test-Path $conf.state) {
    $old = [IO.File]::ReadAllText($conf.state, $utf8) | ConvertFrom-Json
    foreach ($one in $old.PSObject.Properties) { $state[$one.Name] = $one.Value }
}
for ($left = @(Waiting); $left.Count -gt 0 -or -not $Once; $left = @(Waiting)) {
    foreach ($file in $left) {
        try { $state[$file.Name] = Send $file } catch { Write-Host $_ }  # the others are sent all the same
        [IO.File]::WriteAllText("$($conf.state).new", ($state | ConvertTo-Json -Depth 5), $utf8)
        Move-Item -Force "$($conf.state).new" $conf.state
    }
    $busy = @(Waiting).Count -gt 0
    $wait = if ($busy) { [Math]::Min(2 * $wait, 300) } else { 1 }
    if ($busy) { Start-Sleep -Seconds $wait } elseif (-not $Once) { Start-Sleep -Seconds (Option 'every' 60) }
}
