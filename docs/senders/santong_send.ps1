# Sends new rows of a till's tables to Santong, the oldest first; needs PowerShell 3 and no module.
# Unverified: parsed by a grammar and read beside santong_send.py; no test runs it.
#     powershell -File santong_send.ps1 -Config send.json [-Once] [-Again TABLE -From KEY]
#
# It keeps the last key that was acknowledged in the file "state" and reads on behind it. The same
# configuration as of santong_send.py, with "odbc" (a connection string) in place of "connect".
param([Parameter(Mandatory)][string]$Config, [switch]$Once, [string]$Again, [string]$From)
Set-StrictMode -Version 2; $ErrorActionPreference = 'Stop'
[Net.ServicePointManager]::SecurityProtocol = [Net.SecurityProtocolType]::Tls12
$utf8 = New-Object Text.UTF8Encoding($false)
$conf = [IO.File]::ReadAllText($Config, $utf8) | ConvertFrom-Json
$secret = $utf8.GetBytes([IO.File]::ReadAllText($conf.key_file, $utf8).Trim())
$script:offset = 0; $lost = 1
$names = @($conf.tables.PSObject.Properties | ForEach-Object { $_.Name })

function Option($name, $default) { if ($conf.PSObject.Properties[$name]) { $conf.$name } else { $default } }
function Now { [long][Math]::Floor(([DateTime]::UtcNow - [DateTime]'1970-01-01').TotalSeconds) }
function Hex($bytes) { ([BitConverter]::ToString($bytes) -replace '-', '').ToLower() }
function Text($value) {
    if ($value -is [DBNull]) { $null }
    elseif ($value -is [byte[]]) { [Text.Encoding]::GetEncoding((Option 'encoding' 'utf-8')).GetString($value) }
    elseif ($value -is [DateTime]) { $value.ToString('yyyy-MM-dd HH:mm:ss.fff') }
    elseif ($value -is [decimal]) { $value.ToString([Globalization.CultureInfo]::InvariantCulture) }
    elseif ($value -is [ValueType]) { $value } else { "$value" }
}
function Key($table, $text) { if ($table.start -is [string]) { "$text" } else { [long]$text } }
function Rows($connection, $query, $key, $most) {
    $command = $connection.CreateCommand(); $command.CommandText = $query
    [void]$command.Parameters.AddWithValue('key', $key)
    $reader = $command.ExecuteReader()
    try {
        while ($most-- -gt 0 -and $reader.Read()) {
            $row = [ordered]@{}
            for ($i = 0; $i -lt $reader.FieldCount; $i++) { $row[$reader.GetName($i)] = Text $reader.GetValue($i) }
            $row
        }
    } finally { $reader.Close() }
}
function Read-Table($table, $last) {
    $connection = New-Object Data.Odbc.OdbcConnection($conf.odbc); $connection.Open()
    try {
        $found = @(Rows $connection $table.query $last (Option 'batch' 200))
        if ($table.PSObject.Properties['children']) {
            foreach ($child in $table.children.PSObject.Properties) {
                foreach ($row in $found) { $row[$child.Name] = @(Rows $connection $child.Value $row[$table.key] 10000) }
            }
        }
        , $found
    } finally { $connection.Close() }
}
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
function Send($name, $place) {
    $table = $conf.tables.$name; $rows = Read-Table $table $place.last
    if ($rows.Count -eq 0) { return $false }
    $body = $utf8.GetBytes((@($rows | ForEach-Object { $_ | ConvertTo-Json -Compress -Depth 5 }) -join "`n"))
    $sha = Hex ([Security.Cryptography.SHA256]::Create().ComputeHash($body))
    $last = $rows[-1][$table.key]
    $head = [ordered]@{ sender = $conf.sender; table = $name; sequence = $place.sequence + 1; rows = $rows.Count
        sha256 = $sha; time = (Now) + $script:offset; first = "$($rows[0][$table.key])"; last = "$last" }
    $got = Post $head $body; $told = $got.told
    if ($got.status -eq 200) { $place.sequence++; $place.last = $last; Write-Host $name $place.sequence $rows.Count 'rows,' $told.quarantined 'quarantined' }
    elseif ($got.status -eq 409) {  # we and they do not stand at the same place: theirs counts
        $place.sequence = $told.wanted - 1
        $place.last = if ($told.lastKey) { Key $table $told.lastKey } else { $table.start }
    } elseif ($told.code -eq 'INBOX_CLOCK' -and [Math]::Abs($told.time - $head.time) -gt 60) { $script:offset = $told.time - (Now) }
    else { throw "refused: $($got.status) $($told.code)" }
    $true
}
$state = @{}
$old = if (Test-Path $conf.state) { [IO.File]::ReadAllText($conf.state, $utf8) | ConvertFrom-Json } else { New-Object PSObject }
foreach ($name in $names) {
    $state[$name] = @{ sequence = 0; last = $conf.tables.$name.start }
    if ($old.PSObject.Properties[$name]) { $state[$name] = @{ sequence = $old.$name.sequence; last = $old.$name.last } }
}
if ($Again) { $state[$Again].last = Key $conf.tables.$Again $From }
for ($busy = $true; $busy -or -not $Once; ) {
    try {
        $busy = @($names | ForEach-Object { Send $_ $state[$_] }) -contains $true
        [IO.File]::WriteAllText("$($conf.state).new", ($state | ConvertTo-Json -Depth 5), $utf8)
        Move-Item -Force "$($conf.state).new" $conf.state
        $wait = if ($busy) { 0 } else { Option 'every' 60 }; $lost = 1
    } catch { Write-Host $_; $busy = $true; $lost = [Math]::Min(2 * $lost, 300); $wait = $lost }
    if ($busy -or -not $Once) { Start-Sleep -Seconds $wait }
}
